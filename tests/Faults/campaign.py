"""
A campaign of random faults: faults of random kinds (kinds.py), at random moments of random sweeps. The same seed gives the same faults in the same order, each after
the same number of stored readings and the same delay; when exactly the processes are hit still depends on the machine.

All sweeps run on one cluster, of three silos. After each sweep the tables must be those of a run without faults, byte for byte, the readings in the database those of the plan, no
experiment given up, and the memory of the silos what it was after the first one. A silo that ended is replaced, and its end must be explained by what was done to it.
"""

import collections
import dataclasses
import json
import math
import random
import shutil
import signal
import subprocess
import time

import clocks
from cluster import Cluster, write_reference
from disks import Disk
from kinds import KINDS, POINTS, Aim
from processes import Database, Failure

SILOS = 3

# Sweeps whose experiments take some milliseconds, some hundredths of a second and some tenths: the number of readings, and what is set.
SWEEPS = {
    "short": (3200, ["hidden_size=16", "spectral_radius=0.5..4.49:0.01", "sequence_length=100", "replicates=8"]),
    "medium": (1080, ["hidden_size=64", "spectral_radius=0.5..4.95:0.05", "sequence_length=400,800", "replicates=6"]),
    "long": (96, ["hidden_size=256", "spectral_radius=0.5..2.8:0.1", "sequence_length=1000", "replicates=4"]),
}

# For figures: experiments are begun at this interval in seconds, and a sweep has enough of them for its faults and for the time in seconds after each.
PACE, AFTERWARDS = 0.5, 30
READINGS_OF_EXPERIMENT, EXPERIMENTS_OF_RADIUS = 6, 2

# By how many MB a silo's resident memory after a sweep may exceed what it was after the first sweep that it saw the end of.
GROWTH = 150


@dataclasses.dataclass
class Fault:
    kind: str
    after: float      # the share of the sweep's readings that are stored before it
    delay: float      # seconds from then
    duration: float   # seconds
    number: int       # chooses the silos and, where there is a choice, what is done to them: any number


def steady_sweep(faults):
    """The number of readings of a sweep for figures, and what is set."""
    radii = math.ceil(sum(fault.duration + AFTERWARDS for fault in faults) / PACE / EXPERIMENTS_OF_RADIUS)
    return (radii * EXPERIMENTS_OF_RADIUS * READINGS_OF_EXPERIMENT,
            ["hidden_size=64", f"spectral_radius=0.5..{0.47 + 0.03 * radii:.2f}:0.03", "sequence_length=400,800", "replicates=6"])


@dataclasses.dataclass
class Plan:
    """What a campaign injects."""

    count: int
    kinds: list
    seed: int = 1
    per_sweep: int = 8
    seconds: tuple | None = None    # the shortest and the longest duration of all kinds, in place of their own; their logarithms are uniform
    is_steady: bool = False         # whether for figures: the kinds in turn, each fault as soon as the cluster has recovered from the one before
    followers: int = 1              # clients that follow each sweep
    time: float = float("inf")      # seconds after which no further fault is injected
    lengths: list = dataclasses.field(default_factory=lambda: list(SWEEPS))

    def schedule(self):
        """The sweeps, each a size and its faults in order."""
        numbers, sweeps, left = random.Random(self.seed), [], self.count
        while left > 0:
            size = "steady" if self.is_steady else numbers.choice(self.lengths)
            faults = []
            for place in range(min(self.per_sweep, left)):
                kind = self.kinds[(self.count - left + place) % len(self.kinds)] if self.is_steady else numbers.choice(self.kinds)
                after, delay = 0.75 * (place + numbers.random()) / self.per_sweep, numbers.random()
                shortest, longest = KINDS[kind].seconds
                seconds = math.exp(numbers.uniform(*map(math.log, self.seconds))) if self.seconds and longest > 0 else numbers.uniform(shortest, longest)
                faults.append(Fault(kind, 0 if self.is_steady else round(after, 3), round(delay, 3), round(seconds, 1), numbers.randrange(10 ** 6)))
            sweeps.append((size, faults))
            left -= len(faults)
        return sweeps


class Campaign(Cluster):
    """The cluster of a campaign, and what happened to it."""

    def __init__(self, folder, network, followers):
        super().__init__(Database(folder, network.leg("database")), folder, "campaign", network, ahead=6, stall=0.3)
        self.fault_points(*[f"{point}:{action}:{place}" for place, (point, action, _) in POINTS.items()])
        self.disks, self.follower_count, self.readings = {}, followers, 0
        self.restarts, self.client_may_end, self.memory, self.growth = 0, False, 0, 0

    # The cluster.

    def feed(self):
        """Lets the silos go on, and sees to what has ended."""
        super().feed()
        self.replace_silos()
        self.restart_client()

    def replace_silos(self):
        """Replaces silos that have ended, and checks that each had a reason to."""
        for silo in [silo for silo in self.silos if not silo.is_up()]:
            code = silo.process.returncode
            harm = silo.harm | {harm for place, (_, _, harm) in POINTS.items() if self.taken(place, silo)}
            is_late = code == 4 and not silo.has_started()  # it does not wait for a database that is away when it starts
            if {-signal.SIGKILL: "killed", 0: "terminated", 4: "cut"}.get(code) not in harm and not is_late:
                raise Failure(f"silo {silo.number} ended with exit code {code} after {sorted(harm) or 'nothing'}: {silo.log.read_text()[-2000:]}")
            self.silos.remove(silo)
            self.past.append(silo)
            self.launch_silos(1, silo.place)
        self.memory = max([self.memory, *(silo.memory() for silo in self.silos)])

    def restart_client(self):
        """Starts a client again that the fault has ended, and checks that it may: it ends with exit code 4 where it cannot start or cannot write."""
        code = self.client.poll() if self.client else None
        if code == 4 and self.client_may_end:
            self.restarts += 1
            self.start_client()
        elif code not in (None, 0):
            raise Failure(f"the client ended with exit code {code}: {self.client_log()[-1500:]}")
        elif code == 0 and self.stored() not in (None, self.readings):
            raise Failure(f"the client ended with exit code 0 and {self.stored()} of {self.readings} readings in the database")

    def is_over(self):
        """Whether the sweep has ended: a fault point that was reached late may leave no work for the others."""
        return self.client.poll() == 0 if self.client else self.stored() == self.readings

    def let_suspects_end(self):
        """Lets experiments end of which two silos have died: the fault may hit a third, and they would rightly fail."""
        self.work_until(lambda: self.is_over() or all(silo.has_started() for silo in self.silos) and not self.twice_lost(), "experiments to end of which two silos died")

    def inject(self, fault):
        self.wait_until(lambda: all(silo.has_started() for silo in self.silos), "all silos to start")
        silos = random.Random(fault.number).sample(self.silos, len(self.silos))
        self.forget_pause()
        KINDS[fault.kind].act(self, Aim(silos[0], silos[1], fault.duration, fault.number))

    # A sweep.

    def run_sweep(self, number, size, faults, note, is_time_over):
        is_steady = size == "steady"
        self.readings, fields = steady_sweep(faults) if is_steady else SWEEPS[size]
        self.pace = PACE if is_steady else None
        self.sweep = [word for field in [f"name=campaign-{number}", f"seed={number}", *fields] for word in ("--set", field)]
        place, reference = self.folder / f"sweep-{number}", self.folder / f"reference-{number}"
        if "database" in self.disks:
            self.disks["run"] = Disk(place, "48m")
        else:
            place.mkdir()
        self.run = place / "out"
        write_reference(self.sweep, reference)
        self.wait_until(lambda: self.stored() is not None, "PostgreSQL to answer")
        self.before, self.stored_last = self.before + self.stored(), 0
        self.client_may_end = False
        self.submit()
        for fault, following in zip(faults, [*faults[1:], None]):
            # Work goes on during a fault, but the sweep cannot end before the last one.
            self.limit = None if is_steady else (following.after if following else 0.95) * self.readings
            self.wait_until(lambda: (self.stored() or 0) >= fault.after * self.readings, f"{fault.after:.0%} of a sweep")
            self.work_for(fault.delay)
            self.let_suspects_end()
            if self.is_over() or is_time_over():
                break
            self.client_may_end |= KINDS[fault.kind].ends_client
            self.inject(fault)
            note(fault, *self.standstill(is_steady))
        self.limit = self.pace = None
        if not self.client:
            self.start_client("attach", self.sweep_id())
        self.wait_until(self.is_over, "the client to come to an end")
        self.check(number, reference)

    def submit(self):
        """Starts the sweep with as many clients that follow it as are wanted."""
        if self.follower_count == 0:
            self.client = None
            if self.client_process("submit", *self.sweep).wait() != 0:
                raise Failure(f"the sweep was not submitted: {self.client_log()[-1500:]}")
        else:
            self.start_client()
            self.limit = 1
            self.wait_until(lambda: (self.stored() or 0) > 0, "the first reading")
            self.start_followers(self.follower_count - 1)

    def standstill(self, is_steady):
        """
        The seconds until another reading is stored, and the longest time without one since the fault began. For figures the latter counts until the silos have
        been given new leases: they go on with those that they have, whatever happens to the sweep grain.
        """
        start, first, after = time.monotonic(), None, None
        held = (self.database.ask(self.name, "SELECT coalesce(sum(cardinality(experiments)), 0) FROM rnnsweep_held") or 0) if is_steady else 0

        def is_over():
            nonlocal first, after
            now = self.stored()
            if now is None:
                return False
            first = now if first is None else first
            if self.limit is not None:
                self.limit = max(self.limit, min(first + 1, self.readings))
            after = time.monotonic() - start if after is None and (now > first or now == self.readings) else after
            return now > first + held * READINGS_OF_EXPERIMENT or now == self.readings
        self.wait_until(is_over, "another reading to be stored")
        return after, self.longest_pause()

    def check(self, number, reference):
        problems = self.differences(reference)
        if self.stored() != self.readings:
            problems.append(f"{self.stored()} readings in the database in place of {self.readings}")
        if failures := self.database.ask(self.name, "SELECT count(*) FROM rnnsweep_failures"):
            problems.append(f"{failures} experiments given up")
        for silo in [silo for silo in self.silos if silo.has_started()]:
            silo.first_memory = getattr(silo, "first_memory", silo.memory())
            self.growth = max(self.growth, silo.memory() - silo.first_memory)
            if silo.memory() > silo.first_memory + GROWTH:
                problems.append(f"silo {silo.number} has {silo.memory()} MB, and had {silo.first_memory} MB after its first sweep")
        if problems:
            raise Failure(f"sweep {number}: " + "; ".join(problems))
        for process in self.followers:
            if process.wait(60) != 0:
                raise Failure(f"a client that followed ended with exit code {process.returncode}: {self.client_log()[-1500:]}")
        self.followers = []
        if "run" in self.disks:
            self.disks.pop("run").close()
        shutil.rmtree(self.run.parent, ignore_errors=True)
        shutil.rmtree(reference)

    def stop(self):
        super().stop()
        self.database.close()
        for disk in self.disks.values():
            disk.close()


def possible(kinds, folder, no_network):
    """The kinds that are possible on this machine, and the disk of the database if one is to be filled; prints why others are not."""
    reasons, disk = {"network": no_network, "clocks": clocks.MISSING}, None
    if any(KINDS[kind].needs == "disk" for kind in kinds):
        try:
            disk = Disk(folder / "database", "400m")
        except (OSError, subprocess.CalledProcessError) as error:
            reasons["disk"] = (getattr(error, "stderr", None) or str(error)).strip()
    left_out = [kind for kind in kinds if reasons.get(KINDS[kind].needs)]
    for need in {KINDS[kind].needs for kind in left_out}:
        print(f"Left out: {', '.join(kind for kind in left_out if KINDS[kind].needs == need)}: {reasons[need]}.")
    return [kind for kind in kinds if kind not in left_out], disk


def run(folder, network, no_network, plan):
    """Runs a campaign and prints its table; whether all went well."""
    kinds, disk = possible(plan.kinds, folder, no_network)
    sweeps = dataclasses.replace(plan, kinds=kinds).schedule() if kinds else []
    (folder / "schedule.json").write_text(json.dumps([[size, [dataclasses.asdict(fault) for fault in faults]] for size, faults in sweeps], indent=1))
    print(f"seed {plan.seed}, {plan.count} faults in {len(sweeps)} sweeps, {SILOS} silos", flush=True)
    campaign, done, start, is_good = None, collections.defaultdict(list), time.monotonic(), False

    def note(fault, after, pause):
        done[fault.kind].append((after, pause))
        print(f"  {time.monotonic() - start:5.0f} s: {fault.kind} {fault.duration or ''}, then {after:.1f} s without a result; longest pause {pause:.1f} s", flush=True)
    try:
        campaign = Campaign(folder, network, plan.followers)
        if disk:
            campaign.disks["database"] = disk
        for place in range(SILOS):
            campaign.launch_silos(1, place)
        for silo in campaign.silos:
            silo.wait_for_start()
        for number, (size, faults) in enumerate(sweeps, 1):
            print(f"sweep {number}, {size}", flush=True)
            campaign.run_sweep(number, size, faults, note, lambda: time.monotonic() - start > plan.time)
            if time.monotonic() - start > plan.time:
                break
        is_good = True
    except Failure as failure:
        print(failure, flush=True)
        for log in sorted(folder.glob("*.log"), key=lambda log: log.stat().st_mtime)[-5:]:
            print(f"-- the end of {log.name}:\n{log.read_text()[-3000:]}", flush=True)
    finally:
        if campaign:
            campaign.stop()
        elif disk:
            disk.close()
    report(done, is_good, time.monotonic() - start, campaign, plan.seconds)
    return is_good


def report(done, is_good, seconds, campaign, durations):
    """Prints the table of a campaign and its verdict."""
    total = sum(map(len, done.values()))
    print("\n| fault | times | without a result afterwards, s: median | longest | longest pause since it began, s: median | longest |\n| --- | --- | --- | --- | --- | --- |")
    for kind in [kind for kind in KINDS if done[kind]]:
        after, pauses = [sorted(values) for values in zip(*done[kind])]
        print(f"| {KINDS[kind].describe(durations)} | {len(after)} | {after[len(after) // 2]:.1f} | {after[-1]:.1f} | {pauses[len(after) // 2]:.1f} | {pauses[-1]:.1f} |")
    longest = [max((values[column] for kind in done.values() for values in kind), default=0) for column in (0, 1)]
    print(f"| all | {total} | | {longest[0]:.1f} | | {longest[1]:.1f} |\n")
    verdict = "no reading lost, doubled, changed or given up" if is_good else "FAILED"
    print(f"{total} faults in {seconds:.0f} s: {verdict}; with 95 % confidence fewer than {3 / max(total, 1):.1%} of such faults do harm")
    if campaign:
        print(f"{campaign.restarts} clients ended with exit code 4 and were started again; a silo had at most {campaign.memory} MB, "
              f"and after a sweep at most {campaign.growth} MB more than after the first that it saw the end of")
