#!/usr/bin/env python3
"""Injects faults into a cluster of real processes and checks that no result is lost or stored twice.

    tests/Faults/faults.py [SCENARIO ...]      all of them, or those named; --list names them

Needs the program, built (./build program), and PostgreSQL's server (Debian: postgresql). Every scenario has a fresh database and fresh silos, which work
on one sweep that a client follows. Afterwards the client's exit code and tables must be those of a run without faults, byte for byte. One line is printed for each:
kills, experiments, lost (cells without a row), double (cells with more than one), begun again (runs beyond one per experiment, as a share of all experiments), and
recovery: the seconds from the fault until no dead silo held a lease and another experiment was done (where the fault lasts a minute, from its end).

The scenarios wait for states, not for times, so that they hold on a machine of any speed. The silos' hook RNNSWEEP_FAULT_POINT (src/Grains/FaultPoint.cs) has
each silo wait at the beginning of an experiment until the scenario allows it, so the sweep cannot end before the fault; and it has a silo kill or stop itself at points
that cannot be hit from outside.
"""

import argparse
import collections
import ctypes
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

# A guard against hanging, not a measure: a scenario takes a minute or two.
PATIENCE = 900

# 180 cells along 90 trajectories, each cut into two experiments of three replicates, of which a lease is one. A silo that begins experiment DEADLY dies in one of
# the scenarios; its trajectory has the radius DEADLY_RADIUS.
SWEEP = ["--set", "name=faults", "--set", "hidden_size=64", "--set", "spectral_radius=0.5..4.95:0.05", "--set", "sequence_length=400,800", "--set", "replicates=6"]
CELLS, EXPERIMENTS, READINGS = 180, 180, 1080
DEADLY, DEADLY_RADIUS = 6, "0.65"

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
        self.call("pg_ctl", "-D", self.folder, "-o", options, "-l", self.folder / "log", "-w", "-t", PATIENCE, "start")

    def stop(self, mode):
        self.call("pg_ctl", "-D", self.folder, "-m", mode, "-w", "-t", PATIENCE, "stop")

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
        self.cluster, self.number, self.is_to_end = cluster, number, False
        self.log = cluster.folder / f"silo-{number}.log"
        with open(self.log, "w") as log:
            self.process = start_process(
                [PROGRAM, "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1", "-v"],
                env=cluster.silo_environment, stdout=log, stderr=subprocess.STDOUT, cwd=cluster.folder)

    def wait_for_start(self):
        wait_for(lambda: re.search(r"^silo ([0-9.:]+),", self.log.read_text(), re.M) or not self.is_up(), "a silo to start")
        if not self.is_up():
            raise Failure(f"a silo did not start: {self.log.read_text()}")
        self.address = re.search(r"^silo ([0-9.:]+),", self.log.read_text(), re.M).group(1)

    def is_up(self):
        return self.process.poll() is None

    def begun(self):
        """The experiments that it began, in order; for the count at the end."""
        return [int(experiment) for experiment in re.findall(r"Experiment (\d+) of \S+ begins", self.log.read_text())]

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


# The scenarios. Each returns the exit code that it expects of the client, or None for 0.

def no_fault(cluster):
    """no fault"""
    cluster.fault_points()
    cluster.start_silos(3)
    cluster.start_client()


def kill_again_and_again(cluster):
    """SIGKILL of a silo, five times, of three"""
    cluster.start_silos(3)
    cluster.start_client()
    for i in range(5):
        cluster.advance(5 + 8 * i)
        victim = [silo for silo in cluster.silos if silo.is_up()][i % 2]
        victim.kill()
        cluster.recover(victim)
        cluster.start_silos(1)


def kill_the_only_one(cluster):
    """SIGKILL of the only silo, three times"""
    cluster.start_silos(1)
    cluster.start_client()
    for i in range(3):
        cluster.advance(10 + 15 * i)
        victim = cluster.silos[-1]
        victim.kill()
        other, = cluster.launch_silos(1)
        cluster.recover(victim)
        other.wait_for_start()


def kill_the_keeper(cluster):
    """SIGKILL of the silo that holds the sweep grain, twice"""
    cluster.fault_points(f"experiment-begins:wait:{cluster.folder / 'experiments'}", f"lease-asked:kill:{cluster.folder / 'faults'}")
    cluster.start_silos(3)
    cluster.start_client()
    for i in range(2):
        cluster.advance(10 + 20 * i)
        victim = cluster.trip()
        victim.wait()
        cluster.recover(victim)
        cluster.start_silos(1)


def kill_all(cluster):
    """SIGKILL of all three silos, then three others"""
    silos = cluster.start_silos(3)
    cluster.start_client()
    cluster.advance(20)
    for silo in silos:
        silo.kill()
    others = cluster.launch_silos(3)
    cluster.recover(*silos)
    for silo in others:
        silo.wait_for_start()


def kill_between(point, what):
    def scenario(cluster):
        cluster.fault_points(f"experiment-begins:wait:{cluster.folder / 'experiments'}", f"{point}:kill:{cluster.folder / 'faults'}")
        cluster.start_silos(3)
        cluster.start_client()
        cluster.advance(15)
        victim = cluster.trip()
        victim.wait()
        cluster.recover(victim)
        cluster.start_silos(1)
    scenario.__doc__ = f"SIGKILL of a silo {what}"
    return scenario


def stop_for_a_minute(cluster):
    """SIGSTOP of a silo for a minute, SIGCONT"""
    cluster.fault_points(f"experiment-begins:wait:{cluster.folder / 'experiments'}", f"lease-asked:stop:{cluster.folder / 'faults'}")
    cluster.start_silos(3)
    cluster.start_client()
    cluster.advance(15)
    victim = cluster.trip()
    cluster.recover(victim)
    time.sleep(max(0, cluster.broken + 60 - time.monotonic()))
    victim.send(signal.SIGCONT)
    if victim.wait() != 4:
        raise Failure(f"a silo that the others gave up ended with exit code {victim.process.returncode}")


def restart_database(mode):
    def scenario(cluster):
        cluster.start_silos(3)
        cluster.start_client()
        cluster.advance(20)
        cluster.fault()
        cluster.permit(6)  # experiments are under way while the database stops
        cluster.database.stop(mode)
        cluster.database.start()
        cluster.recover()
    scenario.__doc__ = f"PostgreSQL restarted ({mode})"
    return scenario


def database_away(cluster):
    """PostgreSQL away for a minute"""
    cluster.start_silos(3)
    cluster.start_client()
    cluster.advance(10)
    cluster.fault()
    cluster.database.stop("fast")
    cluster.permit(3)  # these results can be stored only when the database is back
    time.sleep(60)
    cluster.database.start()
    cluster.broken = time.monotonic()
    cluster.recover()


def kill_the_client(cluster):
    """SIGKILL of the client, attached again"""
    cluster.start_silos(3)
    cluster.start_client()
    cluster.advance(15)
    cluster.fault()
    cluster.client.kill()
    cluster.client.wait()
    cluster.advance(30)
    sweep = json.loads(subprocess.run([PROGRAM, "status", "--json"], env=cluster.environment, capture_output=True, check=True).stdout)["sweeps"][0]["id"]
    cluster.start_client("attach", sweep)


def add_a_silo(cluster):
    """a silo added in mid-sweep"""
    cluster.start_silos(1)
    cluster.start_client()
    cluster.advance(10)
    start = time.monotonic()
    added, = cluster.start_silos(1)

    def has_begun():
        cluster.keep_going()
        return added.has_begun()
    wait_for(lambda: added.leases(), "the new silo to take work")
    wait_for(has_begun, "the new silo to begin an experiment")
    cluster.recovery = time.monotonic() - start


def terminate(cluster):
    """SIGTERM of two silos of three"""
    silos = cluster.start_silos(3)
    cluster.start_client()
    cluster.advance(15)
    cluster.permit(AHEAD)
    for silo in silos[:2]:
        cluster.fault()
        silo.send(signal.SIGTERM)
    cluster.recover(*silos[:2])
    for silo in silos[:2]:
        if silo.wait() != 0:
            raise Failure(f"SIGTERM ended a silo with exit code {silo.process.returncode}")


def deadly_experiment(cluster):
    """an experiment that kills its silo each time"""
    cluster.fault_points(f"experiment-begins={DEADLY}:kill")
    cluster.start_silos(2)
    cluster.start_client()

    def is_over():
        for silo in [silo for silo in cluster.silos if not silo.is_up() and not silo.is_to_end]:
            if silo.process.returncode != -signal.SIGKILL:
                raise Failure(f"a silo ended with exit code {silo.process.returncode}")
            silo.is_to_end = True
            cluster.fault()
            cluster.launch_silos(1)
        return cluster.client.poll() is not None
    wait_for(is_over, "the client to come to an end")
    if cluster.kills < 3:
        raise Failure(f"the experiment killed {cluster.kills} silos only")
    return 3


SCENARIOS = {
    "no-fault": no_fault,
    "kill-again-and-again": kill_again_and_again,
    "kill-the-only-one": kill_the_only_one,
    "kill-the-keeper": kill_the_keeper,
    "kill-all": kill_all,
    "kill-stored": kill_between("results-stored", "after it stored readings and before it reported them"),
    "kill-granted": kill_between("lease-granted", "that holds the sweep grain, after it granted a lease and before it answered"),
    "stop-for-a-minute": stop_for_a_minute,
    "database-fast": restart_database("fast"),
    "database-immediate": restart_database("immediate"),
    "database-away": database_away,
    "kill-the-client": kill_the_client,
    "add-a-silo": add_a_silo,
    "terminate": terminate,
    "deadly-experiment": deadly_experiment,
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
        if not (cluster.folder / "run/summary.csv").exists():
            raise Failure(f"the client has left no table, exit code {code}: {(cluster.folder / 'client.log').read_text()[-600:]}")
        cells = rows(cluster.folder / "run/summary.csv")
        problems = [] if code == expected else [f"exit code {code} instead of {expected}: {(cluster.folder / 'client.log').read_text()[-600:]}"]
        lost = CELLS - len({tuple(cell) for cell in cells})
        double = len(cells) - len({tuple(cell) for cell in cells})
        for table in ["summary.csv", "replicates.csv"]:
            ours, theirs = [(place / table).read_text().splitlines() for place in (cluster.folder / "run", reference)]
            if expected == 3:
                # The cells of the deadly experiment have rows over the readings of the other one; all others are as they should be.
                ours, theirs = [[line for line in lines if line.split(",")[0] != DEADLY_RADIUS] for lines in (ours, theirs)]
            if ours != theirs:
                problems.append(f"{table} differs")
        if expected == 3 and "silo crashed 3 times" not in (cluster.folder / "client.log").read_text():
            problems.append("the deadly experiment is not named")
        stored = database.ask(cluster.name, "SELECT count(*) FROM rnnsweep_readings")
        if stored != READINGS - 6 * (expected == 3):
            problems.append(f"{stored} readings in the database")
        ended = [silo.process.returncode for silo in cluster.silos if not silo.is_up() and not silo.is_to_end]
        verdict = "; ".join(problems) or "ok"
        verdict += f" ({len(ended)} more silos ended, exit codes {ended})" if ended else ""
        wasted = sum(cluster.begun().values()) - EXPERIMENTS
        print(f"| {SCENARIOS[name].__doc__} | {cluster.kills} | {EXPERIMENTS} | {lost} | {double} | {wasted} ({100 * wasted / EXPERIMENTS:.0f} %) "
              f"| {cluster.recovery:.1f} | {code} | {seconds:.0f} | {verdict} |", flush=True)
        return not problems and lost == double == 0
    except Failure as failure:
        print(f"| {SCENARIOS[name].__doc__} | {cluster.kills} | {EXPERIMENTS} | | | | | | {time.monotonic() - start:.0f} | {failure} |", flush=True)
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

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    folder = pathlib.Path(arguments.keep or tempfile.mkdtemp(prefix="rnnsweep-faults-")).absolute()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    database = Database(folder)
    try:
        reference = folder / "reference"
        subprocess.run([PROGRAM, "run", *SWEEP, "--engine", "threads", "-o", reference], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        print("| fault | kills | experiments | lost | double | begun again | recovery, s | exit code | whole, s | verdict |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
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
