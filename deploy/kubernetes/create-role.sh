#!/bin/sh
# Runs once, when PostgreSQL's image initialises an empty volume: creates the role of the silos and clients, which owns its database and has no other rights.
# The administrator's role, postgres, is used by no part of RnnSweep.
psql --no-psqlrc --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres --set ON_ERROR_STOP=1 --set password="$RNNSWEEP_PASSWORD" <<'SQL'
CREATE ROLE rnnsweep LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE rnnsweep OWNER rnnsweep;
REVOKE ALL ON DATABASE rnnsweep FROM PUBLIC;
SQL
