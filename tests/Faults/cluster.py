"""A cluster at work on a sweep: how the fault tests start its silos and clients, let them work, and stop them."""

import collections
import os
import subprocess
import time

import processes
from clocks import Clock
from network import Loopback
from processes import PATIENCE, Failure, Silo, start_process

# How long the silos may go without storing anything before they may begin further experiments: those under way may have been lost.
STALL = 1.5


class Cluster:
    """
    A database, silos and clients. Each silo waits at the beginning of an experiment until it may go on (src/Grains/FaultPoint.cs): the silos begin a few experiments
    (`ahead`) whenever readings have been stored, until `limit` readings are stored; with a `pace` one at a time, at intervals of so many seconds. So the sweep cannot
    end before a fault, on a machine of any speed.
    """

    def __init__(self, database, folder, name, network=None, ahead=3, stall=STALL):
        self.database, self.folder, self.name, self.network, self.ahead, self.stall = database, folder, name, network or Loopback(), ahead, stall
        self.folder.mkdir(exist_ok=True)
        database.create(name)
        self.environment = {**os.environ, "RNNSWEEP_CLUSTER": database.connection(name)}
        self.environment.pop("RNNSWEEP_FAULT_POINT", None)
        self.silos, self.past, self.clocks = [], [], {}  # past: silos that were replaced
        self.ended = set()  # experiments, with their sweep, of which two silos had died before they ended
        self.client, self.followers = None, []
        self.sweep, self.run = [], folder / "run"  # the fields of the sweep on the command line, and the folder of its tables
        self.before, self.permits, self.limit, self.pace, self.granted_at, self.granted = 0, 0, 0, None, None, 0.0
        self.stored_last, self.changed, self.pause = 0, time.monotonic(), 0.0
        (folder / "experiments").mkdir()
        self.fault_points()

    # What the silos may do.

    def fault_points(self, *rules):
        """The rules of the silos that are started from now on, as POINT:ACTION:FOLDER, beside that of waiting for permits; the folder is one of the cluster's."""
        every = [f"experiment-begins:wait:{self.folder / 'experiments'}"]
        for point, action, place in (rule.split(":") for rule in rules):
            (self.folder / place).mkdir(exist_ok=True)
            every.append(f"{point}:{action}:{self.folder / place}")
        self.silo_environment = {**self.environment, "RNNSWEEP_FAULT_POINT": ";".join(every)}

    def run_freely(self, *rules):
        """Lets the silos that are started from now on work without permits."""
        self.silo_environment = {**self.environment, **({"RNNSWEEP_FAULT_POINT": ";".join(rules)} if rules else {})}

    def permit(self, count):
        """Allows silos to begin so many experiments more."""
        for _ in range(count):
            self.permits += 1
            (self.folder / "experiments" / f"{self.permits:07}").touch()

    def hold(self):
        """Lets no further experiment begin."""
        self.limit = 0
        self.withdraw()

    def withdraw(self):
        self.granted_at = None
        for permit in (self.folder / "experiments").iterdir():
            permit.unlink(missing_ok=True)

    def feed(self):
        """Lets the silos go on, up to the limit (None: no limit), and notes the longest time in which nothing was stored although there was work."""
        stored, now = self.stored(), time.monotonic()
        if stored is None:
            return
        is_held = self.limit is not None and stored >= self.limit
        if stored != self.stored_last or is_held:
            self.pause = max(self.pause, 0 if is_held and stored == self.stored_last else now - self.changed)
            self.stored_last, self.changed = stored, now
        if is_held:
            self.withdraw()
        elif now - self.granted > self.pace if self.pace else stored != self.granted_at or now - self.granted > self.stall:
            self.granted_at, self.granted = stored, now
            self.permit(max(0, (1 if self.pace else self.ahead) - len(list((self.folder / "experiments").iterdir()))))

    def forget_pause(self):
        """Starts to measure the longest pause anew."""
        self.pause, self.changed = 0.0, time.monotonic()

    def longest_pause(self):
        """The longest time without another stored reading, in seconds, until now."""
        return max(self.pause, time.monotonic() - self.changed)

    def wait_until(self, condition, what):
        """Lets the silos go on until something is the case."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise Failure(f"waited {PATIENCE} s for {what}")
            self.feed()
            time.sleep(0.05)

    def work_until(self, condition, what):
        """Like wait_until, without the limit: for what comes only with work."""
        limit, self.limit = self.limit, None
        self.wait_until(condition, what)
        self.limit = limit

    def work_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.feed()
            time.sleep(0.05)

    def taken(self, place, silo=None):
        """The files of a folder that silos, or one of them, have taken."""
        return list(self.folder.glob(f"{place}.*.{silo.process.pid if silo else '*'}"))

    def trip(self, place, is_over=lambda: False):
        """Has the next silo that comes to a fault point act there; that silo, or None when it was over before."""
        before, offered = set(self.taken(place)), self.folder / place / f"{time.monotonic_ns()}"
        offered.touch()
        self.work_until(lambda: set(self.taken(place)) - before or is_over(), "a silo to come to the fault point")
        offered.unlink(missing_ok=True)
        for tripped in set(self.taken(place)) - before:
            process = int(tripped.name.split(".")[-1])
            return next(silo for silo in self.silos + self.past if silo.process.pid == process)
        return None

    # What goes on.

    def clock(self, name):
        """The clock of a silo's place, or of the client."""
        if name not in self.clocks:
            self.clocks[name] = Clock(self.folder / f"clock-{name}")
        return self.clocks[name]

    def launch_silos(self, count, place=None):
        """Starts silos without waiting for them, each in a place of its own (or in the given one) with its network and its clock."""
        for _ in range(count):
            number = len(self.silos) + len(self.past)
            at = number if place is None else place
            self.silos.append(Silo(self, number, at, self.network.leg(f"silo-{at}"), self.clock(f"silo-{at}")))
        return self.silos[-count:]

    def start_silos(self, count):
        launched = self.launch_silos(count)
        for silo in launched:
            silo.wait_for_start()
        return launched

    def client_process(self, *command, clock=None):
        with open(self.folder / "client.log", "a") as log:
            return start_process([*self.network.leg("client").prefix, processes.PROGRAM, *command],
                                 env={**self.environment, **(clock.environment if clock else {})}, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)

    def start_client(self, *command):
        """Starts the client that follows the sweep and writes the tables: `run` unless a command is given."""
        self.client = self.client_process(*(command or ["run", *self.sweep, "--engine", "cluster"]), "-o", self.run, clock=self.clock("client"))

    def client_log(self):
        return (self.folder / "client.log").read_text()

    def sweep_id(self):
        """The id of the sweep that was submitted last; None while there is none."""
        return self.database.execute(self.name, "SELECT id FROM rnnsweep_sweeps ORDER BY place DESC LIMIT 1").stdout.strip() or None

    def start_followers(self, count):
        """Starts further clients that follow the sweep."""
        self.followers += [self.client_process("attach", self.sweep_id(), "-o", self.run.parent / f"follower-{number}") for number in range(count)]

    def stored(self):
        """How many readings of this sweep are stored or have failed; None while the database does not answer."""
        count = self.database.ask(self.name, "SELECT (SELECT count(*) FROM rnnsweep_readings) + (SELECT count(*) FROM rnnsweep_failures)")
        return None if count is None else count - self.before

    def differences(self, reference, is_compared=lambda line: True):
        """What differs in the tables from those of a run without faults."""
        problems = []
        for table in ["summary.csv", "replicates.csv"]:
            if not (self.run / table).exists():
                problems.append(f"no {table}")
            else:
                ours, theirs = [list(filter(is_compared, (place / table).read_text().splitlines())) for place in (self.run, reference)]
                problems += [f"{table} differs"] if ours != theirs else []
        return problems

    def twice_lost(self):
        """
        The experiments of the sweep of which two silos have died, and that no other silo has run to the end since; what a dead silo still holds counts as lost.
        An experiment fails with the third silo that dies while it runs it, as it should.
        """
        sweep, silos = self.sweep_id(), [silo for silo in self.silos if silo.is_up() and silo.has_started()]
        of_dead = " AND ".join([f"sweep = '{sweep}'", *(f"silo NOT LIKE '{silo.address}@%'" for silo in silos)])
        lost = self.experiments(
            f"SELECT experiment FROM (SELECT experiment, losses FROM rnnsweep_losses WHERE sweep = '{sweep}' "
            f"UNION ALL SELECT unnest(experiments), 1 FROM rnnsweep_held WHERE {of_dead}) AS l GROUP BY experiment HAVING sum(losses) > 1")
        lost = {experiment for experiment in lost if (sweep, experiment) not in self.ended}
        if lost:
            held = self.experiments(f"SELECT unnest(experiments) FROM rnnsweep_held WHERE sweep = '{sweep}'")
            ended = lost & {experiment for silo in silos for experiment in silo.begun(sweep)} - held
            self.ended |= {(sweep, experiment) for experiment in ended}
            lost -= ended
        return lost

    def experiments(self, sql):
        return {int(line) for line in self.database.execute(self.name, sql).stdout.split()}

    def begun(self):
        return collections.Counter(experiment for silo in self.silos for experiment in silo.begun())

    def stop(self):
        for process in [silo.process for silo in self.silos] + [self.client] + self.followers:
            if process and process.poll() is None:
                process.kill()  # a process that is stopped, too
                process.wait()


def write_reference(sweep, place):
    """Runs a sweep without a cluster."""
    subprocess.run([processes.PROGRAM, "run", *sweep, "--engine", "threads", "-o", place], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=place.parent)
