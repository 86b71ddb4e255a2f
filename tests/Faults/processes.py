"""Processes of the fault tests: a PostgreSQL server of their own, and silos."""

import ctypes
import glob
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

from network import Loopback

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "artifacts/program/rnnsweep"

# A guard against hanging, not a measure: what is slowest here, a silo declared dead and its leases taken over, takes half a minute.
PATIENCE = 300

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
        self.folder, self.sessions = folder / "database", {}
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

    def close(self):
        """Ends it, whatever state it is in."""
        try:
            self.signal(signal.SIGCONT)
            self.stop("immediate")
        except (OSError, subprocess.CalledProcessError):
            pass

    def process(self):
        """The id of the server's first process."""
        return int((self.folder / "postmaster.pid").read_text().split()[0])

    def signal(self, number):
        """Sends a signal to all its processes."""
        server = self.process()
        for process in [server] + [int(line) for line in subprocess.run(["ps", "--ppid", str(server), "-o", "pid="], capture_output=True, text=True).stdout.split()]:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def create(self, name):
        self.call("createdb", "-h", self.folder, "-p", self.port, "-U", "rnnsweep", name)

    def connection(self, name):
        return f"Host={self.leg.address};Port={self.port};Database={name};Username=rnnsweep"

    def ask(self, name, sql):
        """The one number that a query yields; None while the database does not answer. The queries of a thread share a connection, as they come many times a second."""
        key = name, threading.get_ident()
        known = self.sessions.pop(key, None)
        session = known or start_process(self.psql(name), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)
        number = None
        try:
            session.stdin.write(f"{sql};\n\\echo over\n")
            for line in session.stdout:
                if line == "over\n":
                    self.sessions[key] = session
                    return number
                number = int(line) if line.strip() else None
        except BrokenPipeError:
            pass
        session.wait()  # psql ends when its connection or a query fails
        return self.ask(name, sql) if known else None

    def execute(self, name, sql):
        return subprocess.run([*self.psql(name), "-c", sql], capture_output=True, text=True)

    def psql(self, name):
        return [self.bin / "psql", "-h", self.folder, "-p", str(self.port), "-U", "rnnsweep", "-d", name, "-At", "-v", "ON_ERROR_STOP=1"]


class Silo:
    """A silo's process in a leg of the network, with one worker thread; its log holds every experiment that it began."""

    def __init__(self, cluster, number, place, leg, clock):
        self.cluster, self.number, self.place, self.leg, self.is_to_end = cluster, number, place, leg, False
        self.harm = set()  # what has been done to it: "killed", "terminated", "cut"
        self.log = cluster.folder / f"silo-{number}.log"
        with open(self.log, "w") as log:
            self.process = start_process(
                [*leg.prefix, PROGRAM, "silo", "--silo-port", "0", "--gateway-port", "0", "--listen", leg.address, *cluster.network.silo_options, "--parallelism", "1", "-v"],
                env={**cluster.silo_environment, **clock.environment}, stdout=log, stderr=subprocess.STDOUT, cwd=cluster.folder)

    def wait_for_start(self):
        wait_for(lambda: self.has_started() or not self.is_up(), "a silo to start")
        if not self.is_up():
            raise Failure(f"a silo did not start: {self.log.read_text()[-2000:]}")

    def is_up(self):
        return self.process.poll() is None

    @property
    def address(self):
        """Its address, ip:port, as its log says; None before it has started."""
        match = re.search(r"^silo ([0-9.:]+),", self.log.read_text(), re.M)
        return match and match.group(1)

    def has_started(self):
        return self.address is not None

    def begun(self, sweep=r"\S+"):
        """The experiments that it began, in order; those of one sweep or of all."""
        return [int(experiment) for experiment in re.findall(rf"Experiment (\d+) of sweep {sweep} begins", self.log.read_text())]

    def leases(self):
        """How many leases it holds, by what silos note, each as ip:port@generation; None while the database does not answer."""
        return self.cluster.database.ask(self.cluster.name, f"SELECT count(*) FROM rnnsweep_held WHERE silo LIKE '{self.address}@%'")

    def runs_suspect(self):
        """Whether it holds an experiment of which two silos have died: it fails with the third, as it should."""
        return bool(self.cluster.database.ask(self.cluster.name, "SELECT count(*) FROM rnnsweep_held h JOIN rnnsweep_losses l ON l.sweep = h.sweep AND l.experiment = ANY (h.experiments) "
                                              f"WHERE l.losses > 1 AND h.silo LIKE '{self.address}@%'"))

    def has_begun(self):
        return bool(self.cluster.taken("experiments", self))

    def memory(self):
        """Its resident memory in MB; 0 when it has ended."""
        try:
            status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            return int(status.split("VmRSS:")[1].split()[0]) // 1024 if "VmRSS:" in status else 0
        except OSError:
            return 0

    def send(self, signal_number):
        self.is_to_end = True
        self.process.send_signal(signal_number)

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure("a silo has not come to an end")


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


