#!/usr/bin/env python3
"""Breaks a cluster of real processes in every way that is to be survived, and shows that nothing is lost.

    tests/Faults/faults.py [SCENARIO ...]      all of them, or those named; --list names them

Needs the program, built (./build program), and PostgreSQL's server (Debian: postgresql). Every scenario has a fresh database and fresh silos, which work
on one sweep that a client follows. Afterwards the client's exit code and tables must be those of a run without faults, byte for byte. One line is printed for each:
kills, cells, lost (cells without a row), double (cells with more than one), wasted (cells begun again, as a share of all), and recovery: the seconds from the
fault until no dead silo held any work and the next cell was done; from the end of what lasts a minute.
"""

import argparse
import collections
import glob
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "artifacts/program/rnnsweep"
PATIENCE = 300

# 60 cells along 30 trajectories; the two of the deadly radius are found by it.
SWEEP = ["--set", "name=faults", "--set", "hidden_size=64", "--set", "spectral_radius=0.5..1.95:0.05", "--set", "sequence_length=400,800", "--set", "replicates=6"]
CELLS = 60
DEADLY = 7


class Database:
    """A PostgreSQL server of our own, on a free port of loopback."""

    def __init__(self, folder):
        self.folder = folder / "database"
        self.port = free_port()
        self.bin = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        # PostgreSQL does not run as root.
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        self.folder.mkdir()
        if self.user:
            shutil.chown(self.folder, "postgres")
        self.call("initdb", "-D", self.folder, "-A", "trust", "-U", "rnnsweep")
        self.start()

    def call(self, tool, *arguments):
        subprocess.run([*self.user, self.bin / tool, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def start(self):
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self.call("pg_ctl", "-D", self.folder, "-o", options, "-l", self.folder / "log", "-w", "start")

    def stop(self, mode):
        self.call("pg_ctl", "-D", self.folder, "-m", mode, "-w", "stop")

    def create(self, name):
        self.call("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "rnnsweep", name)

    def connection(self, name):
        return f"Host=127.0.0.1;Port={self.port};Database={name};Username=rnnsweep"

    def ask(self, name, sql):
        """The one number that a query yields; None while the database does not answer."""
        answer = subprocess.run(
            [self.bin / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "rnnsweep", "-d", name, "-Atc", sql], capture_output=True, text=True)
        return int(answer.stdout) if answer.returncode == 0 and answer.stdout.strip() else None


class Silo:
    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.log = cluster.folder / f"silo-{number}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1", "-v"],
                env=cluster.environment, stdout=log, stderr=subprocess.STDOUT, cwd=cluster.folder)
        wait_for(lambda: re.search(r"^silo ([0-9.:]+),", self.log.read_text(), re.M) or self.process.poll() is not None, "a silo to start")
        if self.process.poll() is not None:
            raise Failure(f"a silo did not start: {self.log.read_text()}")
        self.address = re.search(r"^silo ([0-9.:]+),", self.log.read_text(), re.M).group(1)

    def begun(self):
        return [int(cell) for cell in re.findall(r"Cell (\d+) of \S+ begins", self.log.read_text())]

    def keeps_the_sweep(self):
        """When this silo last became the sweep's keeper; 0 for never."""
        times = re.findall(r"^(\S+) \[INF\] Sweep \S+ is kept by this silo", self.log.read_text(), re.M)
        return times[-1] if times else ""

    def send(self, signal_number):
        self.process.send_signal(signal_number)

    def kill(self):
        self.cluster.fault()
        self.send(signal.SIGKILL)
        self.process.wait()


class Cluster:
    """A database, silos and a client at work on the sweep."""

    def __init__(self, database, folder, name):
        self.database, self.name, self.folder = database, name.replace("-", "_"), folder / name
        self.folder.mkdir()
        database.create(self.name)
        self.environment = {**os.environ, "RNNSWEEP_CLUSTER": database.connection(self.name)}
        self.silos, self.kills, self.client, self.recovery = [], 0, None, 0.0

    def start_silos(self, count):
        started = [Silo(self, len(self.silos) + i) for i in range(count)]
        self.silos += started
        return started

    def start_client(self, *command):
        with open(self.folder / "client.log", "a") as log:
            self.client = subprocess.Popen(
                [PROGRAM, *(command or ["run", *SWEEP, "--engine", "cluster"]), "-o", "run"],
                env=self.environment, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)

    def done(self):
        return self.database.ask(self.name, "SELECT count(*) FROM rnnsweep_events") or 0

    def wait_for_cells(self, count):
        wait_for(lambda: self.done() >= count, f"{count} cells to be done")

    def keeper(self):
        """The silo that holds the sweep grain."""
        return max((silo for silo in self.silos if silo.process.poll() is None), key=lambda silo: silo.keeps_the_sweep())

    def fault(self):
        """Something breaks now."""
        self.kills += 1
        self.broken = time.monotonic()

    def recover(self, *dead):
        """Waits until the dead hold nothing and work goes on, and notes how long that took."""
        start, before = self.broken, self.done()
        holders = " OR ".join(f"silo LIKE '{address(silo)}@%'" for silo in dead) or "false"
        wait_for(lambda: self.database.ask(self.name, f"SELECT count(*) FROM rnnsweep_leases WHERE {holders}") == 0, "the leases of the dead to go back")
        wait_for(lambda: self.done() > before or self.done() == CELLS, "work to go on")
        self.recovery = max(self.recovery, time.monotonic() - start)

    def finish(self):
        try:
            return self.client.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure("the client has not come to an end")

    def begun(self):
        return collections.Counter(cell for silo in self.silos for cell in silo.begun())

    def stop(self):
        for process in [silo.process for silo in self.silos] + [self.client]:
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()


class Failure(Exception):
    pass


def address(silo):
    """A silo's address as the journal writes it: parsable, ip:port@generation."""
    return silo.address


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"waited {PATIENCE} s for {what}")
        time.sleep(0.05)


# The scenarios. Each says what it expects of the client: 0, unless it returns another exit code.

def no_fault(cluster):
    """no fault"""
    cluster.start_silos(3)
    cluster.start_client()


def kill_again_and_again(cluster):
    """SIGKILL of a silo, five times, of three"""
    cluster.start_silos(3)
    cluster.start_client()
    for i in range(5):
        cluster.wait_for_cells(6 + 9 * i)
        victim = [silo for silo in cluster.silos if silo.process.poll() is None][i % 2]
        victim.kill()
        cluster.start_silos(1)
        cluster.recover(victim)


def kill_the_only_one(cluster):
    """SIGKILL of the only silo, three times"""
    cluster.start_silos(1)
    cluster.start_client()
    for i in range(3):
        cluster.wait_for_cells(10 + 15 * i)
        cluster.silos[-1].kill()
        cluster.start_silos(1)
        cluster.recover(cluster.silos[-2])


def kill_the_keeper(cluster):
    """SIGKILL of the silo that holds the sweep grain, twice"""
    cluster.start_silos(3)
    cluster.start_client()
    for i in range(2):
        cluster.wait_for_cells(15 + 20 * i)
        victim = cluster.keeper()
        victim.kill()
        cluster.start_silos(1)
        cluster.recover(victim)


def kill_all(cluster):
    """SIGKILL of all three silos, then three others"""
    silos = cluster.start_silos(3)
    cluster.start_client()
    cluster.wait_for_cells(20)
    for silo in silos:
        silo.kill()
    time.sleep(2)
    cluster.start_silos(3)
    cluster.recover(*silos)


def stop_for_a_minute(cluster):
    """SIGSTOP of a silo for a minute, SIGCONT"""
    silos = cluster.start_silos(3)
    cluster.start_client()
    cluster.wait_for_cells(15)
    victim = cluster.keeper()
    cluster.fault()
    victim.send(signal.SIGSTOP)
    cluster.recover(victim)
    time.sleep(60)
    victim.send(signal.SIGCONT)
    victim.process.wait(PATIENCE)
    if victim.process.returncode != 4:
        raise Failure(f"a silo that the others gave up ended with exit code {victim.process.returncode}")


def restart_database(mode):
    def scenario(cluster):
        cluster.start_silos(3)
        cluster.start_client()
        cluster.wait_for_cells(20)
        cluster.fault()
        cluster.database.stop(mode)
        cluster.database.start()
        cluster.recover()
    scenario.__doc__ = f"PostgreSQL restarted ({mode})"
    return scenario


def database_away(cluster):
    """PostgreSQL away for a minute"""
    cluster.start_silos(3)
    cluster.start_client()
    cluster.wait_for_cells(10)
    cluster.fault()
    cluster.database.stop("fast")
    time.sleep(60)
    cluster.database.start()
    cluster.broken = time.monotonic()
    cluster.recover()


def kill_the_client(cluster):
    """SIGKILL of the client, attached again"""
    cluster.start_silos(3)
    cluster.start_client()
    cluster.wait_for_cells(15)
    cluster.fault()
    cluster.client.kill()
    cluster.client.wait()
    cluster.wait_for_cells(30)
    sweep = json.loads(subprocess.run([PROGRAM, "status", "--json"], env=cluster.environment, capture_output=True, check=True).stdout)["sweeps"][0]["id"]
    cluster.start_client("attach", sweep)


def add_a_silo(cluster):
    """a silo added in mid-sweep"""
    cluster.start_silos(1)
    cluster.start_client()
    cluster.wait_for_cells(10)
    start = time.monotonic()
    added, = cluster.start_silos(1)
    wait_for(lambda: added.begun(), "the new silo to take work")
    cluster.recovery = time.monotonic() - start


def terminate(cluster):
    """SIGTERM of two silos of three"""
    silos = cluster.start_silos(3)
    cluster.start_client()
    cluster.wait_for_cells(15)
    for silo in silos[:2]:
        cluster.fault()
        silo.send(signal.SIGTERM)
    cluster.recover(*silos[:2])
    for silo in silos[:2]:
        if silo.process.wait(PATIENCE) != 0:
            raise Failure(f"SIGTERM ended a silo with exit code {silo.process.returncode}")


def deadly_cell(cluster):
    """a cell that kills its silo each time"""
    cluster.start_silos(2)
    cluster.start_client()
    while cluster.client.poll() is None:
        for silo in [silo for silo in cluster.silos if silo.process.poll() is None]:
            if DEADLY in silo.begun():
                silo.kill()
                cluster.start_silos(1)
        time.sleep(0.02)
    return 3


SCENARIOS = {
    "no-fault": no_fault,
    "kill-again-and-again": kill_again_and_again,
    "kill-the-only-one": kill_the_only_one,
    "kill-the-keeper": kill_the_keeper,
    "kill-all": kill_all,
    "stop-for-a-minute": stop_for_a_minute,
    "database-fast": restart_database("fast"),
    "database-immediate": restart_database("immediate"),
    "database-away": database_away,
    "kill-the-client": kill_the_client,
    "add-a-silo": add_a_silo,
    "terminate": terminate,
    "deadly-cell": deadly_cell,
}


def rows(path):
    header, *lines = path.read_text().splitlines()
    return [line.split(",")[:2] for line in lines]


def run(name, database, folder, reference):
    cluster = Cluster(database, folder, name)
    start = time.monotonic()
    try:
        expected = SCENARIOS[name](cluster) or 0
        code = cluster.finish()
        seconds = time.monotonic() - start
        cells = rows(cluster.folder / "run/summary.csv")
        problems = [] if code == expected else [f"exit code {code} instead of {expected}: {(cluster.folder / 'client.log').read_text()[-600:]}"]
        lost = CELLS - len({tuple(cell) for cell in cells})
        double = len(cells) - len({tuple(cell) for cell in cells})
        for table in ["summary.csv", "replicates.csv"]:
            ours, theirs = [(place / table).read_text().splitlines() for place in (cluster.folder / "run", reference)]
            if expected == 3:
                # The deadly cell has a row in the summary, with a count of 0, and none among the replicates; all others are as they should be.
                key = rows(reference / "summary.csv")[DEADLY]
                ours, theirs = [[line for line in lines if line.split(",")[:2] != key] for lines in (ours, theirs)]
            if ours != theirs:
                problems.append(f"{table} differs")
        if expected == 3 and "host died 3 times" not in (cluster.folder / "client.log").read_text():
            problems.append("the deadly cell is not named")
        stored = database.ask(cluster.name, "SELECT count(*) FROM rnnsweep_results")
        if stored != CELLS - (expected == 3):
            problems.append(f"{stored} results in the database")
        begun = cluster.begun()
        wasted = sum(begun.values()) - CELLS
        print(f"| {SCENARIOS[name].__doc__} | {cluster.kills} | {CELLS} | {lost} | {double} | {wasted} ({100 * wasted / CELLS:.0f} %) "
              f"| {cluster.recovery:.1f} | {seconds:.0f} | {'ok' if not problems else '; '.join(problems)} |", flush=True)
        return not problems and lost == double == 0
    except Failure as failure:
        print(f"| {SCENARIOS[name].__doc__} | {cluster.kills} | {CELLS} | | | | | {time.monotonic() - start:.0f} | {failure} |", flush=True)
        return False
    finally:
        cluster.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    parser.add_argument("--keep", metavar="DIR", help="keep logs and tables here")
    parser.add_argument("--program", type=pathlib.Path, default=PROGRAM, help="the program to test [default: the one that was built here]")
    arguments = parser.parse_args()
    globals()["PROGRAM"] = arguments.program.absolute()
    if arguments.list:
        print("\n".join(f"{name:22}{scenario.__doc__}" for name, scenario in SCENARIOS.items()))
        return 0
    if unknown := [name for name in arguments.scenarios if name not in SCENARIOS]:
        parser.error(f"there is no scenario {unknown[0]}; --list names them")

    folder = pathlib.Path(arguments.keep or tempfile.mkdtemp(prefix="rnnsweep-faults-")).absolute()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    database = Database(folder)
    try:
        reference = folder / "reference"
        subprocess.run([PROGRAM, "run", *SWEEP, "--engine", "threads", "-o", reference], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        print("| fault | kills | cells | lost | double | begun again | recovery, s | whole, s | verdict |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
        good = [run(name, database, folder, reference) for name in arguments.scenarios or SCENARIOS]
        return 0 if all(good) else 1
    finally:
        try:
            database.stop("immediate")
        except subprocess.CalledProcessError:
            pass
        if not arguments.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
