"""A cluster of real processes for the fault tests: a PostgreSQL server of its own, silos, and a client that follows one sweep."""

import collections
import ctypes
import glob
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

from network import Loopback

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "artifacts/program/rnnsweep"

# A guard against hanging, not a measure: a scenario takes a minute or two.
PATIENCE = 900

# 180 cells along 90 trajectories, each cut into two experiments of three replicates, of which a lease is one.
SWEEP = ["--set", "name=faults", "--set", "hidden_size=64", "--set", "spectral_radius=0.5..4.95:0.05", "--set", "sequence_length=400,800", "--set", "replicates=6"]
CELLS, EXPERIMENTS, READINGS = 180, 180, 1080

# How many experiments the silos may begin ahead of what the scenario has seen done.
AHEAD = 3

LIBC = ctypes.CDLL(None)


def start_process(command, **options):
    """Starts a process that takes SIGINT even where this one ignores it (in the background of a shell), and that does not outlive this one."""
    def prepare():
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    return subprocess.Popen(command, preexec_fn=prepare, **options)


class Database:
    """A PostgreSQL server of our own, on a free port of its leg (network.py)."""

    def __init__(self, folder, leg=None):
        self.folder = folder / "database"
        self.leg = leg or Loopback().leg("database")
        self.port = free_port()
        self.bin = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        # PostgreSQL does not run as root.
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        self.folder.mkdir(exist_ok=True)
        if self.user:
            shutil.chown(self.folder, "postgres")
        self.call("initdb", "-D", self.folder, "-A", "trust", "-U", "rnnsweep")
        with open(self.folder / "pg_hba.conf", "a") as access:
            access.write("host all all samenet trust\nhost all all 10.77.0.0/16 trust\n")
        self.start()

    def call(self, tool, *arguments):
        subprocess.run([*self.leg.prefix, *self.user, self.bin / tool, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def start(self):
        options = (f"-p {self.port} -c listen_addresses={self.leg.address} -c unix_socket_directories={self.folder} -c fsync=off "
                   "-c max_wal_size=64MB -c min_wal_size=32MB -c shared_buffers=32MB")
        self.call("pg_ctl", "-D", self.folder, "-o", options, "-l", self.folder / "log", "-w", "-t", PATIENCE, "start")

    def stop(self, mode):
        self.call("pg_ctl", "-D", self.folder, "-m", mode, "-w", "-t", PATIENCE, "stop")

    def process(self):
        """The id of the server's first process."""
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def create(self, name):
        self.call("createdb", "-h", self.folder, "-p", self.port, "-U", "rnnsweep", name)

    def connection(self, name):
        return f"Host={self.leg.address};Port={self.port};Database={name};Username=rnnsweep"

    def ask(self, name, sql):
        """The one number that a query yields; None while the database does not answer."""
        answer = self.execute(name, sql)
        return int(answer.stdout) if answer.returncode == 0 and answer.stdout.strip() else None

    def execute(self, name, sql):
        return subprocess.run(
            [self.bin / "psql", "-h", self.folder, "-p", str(self.port), "-U", "rnnsweep", "-d", name, "-Atc", sql], capture_output=True, text=True)


class Silo:
    def __init__(self, cluster, number, leg=None, options=()):
        self.cluster, self.number, self.is_to_end, self.leg = cluster, number, False, leg
        self.log = cluster.folder / f"silo-{number}.log"
        with open(self.log, "w") as log:
            self.process = start_process(
                [*(leg.prefix if leg else []), PROGRAM, "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1", "-v", *options],
                env=cluster.silo_environment, stdout=log, stderr=subprocess.STDOUT, cwd=cluster.folder)

    def wait_for_start(self):
        wait_for(lambda: self.has_started() or not self.is_up(), "a silo to start")
        if not self.is_up():
            raise Failure(f"a silo did not start: {self.log.read_text()}")
        self.address = self.has_started().group(1)

    def is_up(self):
        return self.process.poll() is None

    def has_started(self):
        """The match of its address in its log; None before it has started."""
        return re.search(r"^silo ([0-9.:]+),", self.log.read_text(), re.M)

    def begun(self):
        """The experiments that it began, in order; for the count at the end."""
        return [int(experiment) for experiment in re.findall(r"Experiment (\d+) of sweep \S+ begins", self.log.read_text())]

    def leases(self):
        """How many leases it holds, by what silos note, each as ip:port@generation; None while the database does not answer."""
        return self.cluster.database.ask(self.cluster.name, f"SELECT count(*) FROM rnnsweep_held WHERE silo LIKE '{self.address}@%'")

    def has_begun(self):
        return bool(self.cluster.taken("experiments", self))

    def send(self, signal_number):
        self.is_to_end = True
        self.process.send_signal(signal_number)

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure("a silo has not come to an end")

    def kill(self):
        """SIGKILL while it holds a lease."""
        wait_for(lambda: self.leases(), "the silo to hold a lease")
        self.cluster.fault()
        self.send(signal.SIGKILL)
        self.wait()


class Cluster:
    """A database, silos and a client at work on the sweep."""

    def __init__(self, database, folder, name):
        self.database, self.name, self.folder = database, name.replace("-", "_"), folder / name
        self.folder.mkdir()
        database.create(self.name)
        self.environment = {**os.environ, "RNNSWEEP_CLUSTER": database.connection(self.name)}
        self.environment.pop("RNNSWEEP_FAULT_POINT", None)
        self.silos, self.kills, self.client, self.recovery, self.permits = [], 0, None, 0.0, 0
        self.lost, self.last_done, self.last_change = 0, 0, time.monotonic()
        for place in ["experiments", "faults"]:
            (self.folder / place).mkdir()
        self.fault_points(f"experiment-begins:wait:{self.folder / 'experiments'}")

    # What the silos may do.

    def fault_points(self, *rules):
        """The rules of the silos that are started from now on."""
        self.silo_environment = {**self.environment, "RNNSWEEP_FAULT_POINT": ";".join(rules)} if rules else self.environment

    def permit(self, count):
        """Allows silos to begin so many experiments more."""
        for _ in range(count):
            self.permits += 1
            (self.folder / "experiments" / f"{self.permits:06}").touch()

    def keep_going(self):
        """
        Keeps a few permits at hand, as long as few experiments are begun and not done: on a fast machine the sweep would be over before the count is.
        Experiments that are lost stay begun: two for each kill, and one more whenever nothing has been done for two seconds.
        """
        waiting, begun = len(list((self.folder / "experiments").iterdir())), len(self.taken("experiments"))
        done, now = self.done(), time.monotonic()
        if done != self.last_done:
            self.last_done, self.last_change = done, now
        elif now - self.last_change > 2:
            self.last_change = now
            self.lost += done > 0  # 0 where the database is away
        under_way = begun - done - self.lost - 2 * self.kills
        self.permit(max(0, min(AHEAD - waiting, 2 * AHEAD - under_way - waiting)))

    def hold(self):
        """Withdraws the permits: no further experiment is begun."""
        for permit in (self.folder / "experiments").iterdir():
            permit.unlink(missing_ok=True)

    def advance(self, count):
        """Lets the silos work until so many experiments are done (some more may be), and then wait, each of them holding a lease."""
        def is_done():
            self.keep_going()
            return self.done() >= count
        wait_for(is_done, f"{count} experiments to be done")
        self.hold()

    def taken(self, place, silo=None):
        """The files of a folder that silos, or one of them, have taken."""
        return list(self.folder.glob(f"{place}.*.{silo.process.pid if silo else '*'}"))

    def trip(self):
        """Has the next silo that comes to a fault point act; that silo."""
        before = set(self.taken("faults"))
        (self.folder / "faults" / f"{self.kills}").touch()

        def is_tripped():
            self.keep_going()
            return set(self.taken("faults")) - before
        wait_for(is_tripped, "a silo to come to the fault point")
        self.fault()
        self.hold()
        process = int((set(self.taken("faults")) - before).pop().name.split(".")[-1])
        silo, = [silo for silo in self.silos if silo.process.pid == process]
        silo.is_to_end = True
        return silo

    # What goes on.

    def launch_silos(self, count):
        """Starts silos without waiting for them."""
        self.silos += [Silo(self, len(self.silos) + i) for i in range(count)]
        return self.silos[-count:]

    def start_silos(self, count):
        started = self.launch_silos(count)
        for silo in started:
            silo.wait_for_start()
        return started

    def start_client(self, *command):
        with open(self.folder / "client.log", "a") as log:
            self.client = start_process(
                [PROGRAM, *(command or ["run", *SWEEP, "--engine", "cluster"]), "-o", "run"],
                env=self.environment, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)

    def done(self):
        """How many experiments are done or have failed, by their readings."""
        sql = "SELECT (SELECT count(*) FROM rnnsweep_readings) + (SELECT count(*) FROM rnnsweep_failures)"
        return (self.database.ask(self.name, sql) or 0) * EXPERIMENTS // READINGS

    def fault(self):
        """Something breaks now."""
        self.kills += 1
        self.broken = time.monotonic()

    def recover(self, *dead):
        """Waits until the dead hold no lease and another experiment is done, and notes how long that took. Meanwhile the others may do a few."""
        start, limit = self.broken, min(self.done() + AHEAD, EXPERIMENTS - 2 * AHEAD)

        def is_free():
            if 0 < self.done() < limit:
                self.keep_going()
            else:
                self.hold()
            return all(silo.leases() == 0 for silo in dead)
        wait_for(is_free, "the leases of the dead to go back")
        wait_for(lambda: self.done() > 0, "the database to answer")
        self.advance(min(self.done() + 1, EXPERIMENTS))
        self.recovery = max(self.recovery, time.monotonic() - start)

    def finish(self):
        def is_over():
            self.keep_going()
            return self.client.poll() is not None
        wait_for(is_over, "the client to come to an end")
        return self.client.returncode

    def begun(self):
        return collections.Counter(experiment for silo in self.silos for experiment in silo.begun())

    def stop(self):
        for process in [silo.process for silo in self.silos] + [self.client]:
            if process and process.poll() is None:
                process.kill()  # a process that is stopped, too
                process.wait()


class Failure(Exception):
    pass


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


