"""
A campaign of random faults: faults of random kinds, at random moments of random sweeps. The same seed gives the same faults in the same order, each after the same number of stored
readings and the same delay; when exactly the processes are hit still depends on the machine.

All sweeps run on one cluster, of three silos. After each sweep the tables must be those of a run without faults, byte for byte, the readings in the database those of the plan, and
no experiment given up. A silo that ended is replaced, and its end must be explained by what was done to it.
"""

import collections
import dataclasses
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time

import processes
from processes import Database, Failure, Silo, start_process

# A guard against hanging, not a measure: what is slowest here, a silo declared dead and its leases taken over, takes half a minute.
PATIENCE = 240

SILOS = 3

# How many experiments the silos may begin beyond those begun.
AHEAD = 6

# Sweeps whose experiments take some milliseconds, some hundredths of a second and some tenths: the number of readings, and what is set.
SWEEPS = {
    "short": (3200, ["hidden_size=16", "spectral_radius=0.5..4.49:0.01", "sequence_length=100", "replicates=8"]),
    "medium": (1080, ["hidden_size=64", "spectral_radius=0.5..4.95:0.05", "sequence_length=400,800", "replicates=6"]),
    "long": (96, ["hidden_size=256", "spectral_radius=0.5..2.8:0.1", "sequence_length=1000", "replicates=4"]),
}

# Kinds by what they need beside a cluster. Seconds: the shortest and the longest duration.
KINDS = {
    "kill-silo": "SIGKILL of a silo",
    "kill-granted": "SIGKILL of a silo whose sweep grain granted a lease and has not answered",
    "kill-stored": "SIGKILL of a silo that stored readings and has not reported them",
    "stop-silo": "SIGSTOP of a silo, 1 to 20 s",
    "terminate-silo": "SIGTERM of a silo",
    "kill-client": "SIGKILL of the client, started again",
    "terminate-client": "SIGTERM of the client, started again",
    "stop-client": "SIGSTOP of the client, 1 to 10 s",
    "kill-database": "SIGKILL of PostgreSQL, started again",
    "terminate-database": "SIGTERM of PostgreSQL, started again after 0 to 10 s",
    "stop-database": "SIGSTOP of all PostgreSQL processes, 1 to 15 s",
    "slow-database": "PostgreSQL at a quarter of its speed, 2 to 15 s",
    "lock-readings": "the table of readings locked, 1 to 15 s",
    "cut-database": "a silo cut off from PostgreSQL, 2 to 20 s",
    "cut-silos": "a silo cut off from another silo, 2 to 20 s",
    "cut-silos-one-way": "what a silo sends to another is lost, 2 to 20 s",
    "cut-client": "the client cut off from all silos and PostgreSQL, 2 to 20 s",
    "full-database": "a full disk under PostgreSQL, 1 to 10 s",
    "full-results": "a full disk under results.db, 1 to 5 s",
}
DURATIONS = {
    "stop-silo": (1, 20), "stop-client": (1, 10), "terminate-database": (0, 10), "stop-database": (1, 15), "slow-database": (2, 15), "lock-readings": (1, 15),
    "cut-database": (2, 20), "cut-silos": (2, 20), "cut-silos-one-way": (2, 20), "cut-client": (2, 20), "full-database": (1, 10), "full-results": (1, 5),
}
NEEDS_NETWORK = {"cut-database", "cut-silos", "cut-silos-one-way", "cut-client"}
# These may end the client, as it does not wait for a database when it starts, nor for a full disk.
ENDS_CLIENT = {kind for kind in KINDS if kind.endswith("database")} | {"cut-client", "lock-readings", "full-results"}
NEEDS_DISK = {"full-database", "full-results"}


@dataclasses.dataclass
class Fault:
    kind: str
    after: float      # the share of the sweep's readings that are stored before it
    delay: float      # seconds from then
    duration: float   # seconds
    victims: int      # chooses the silos: any number


def schedule(seed, count, per_sweep, kinds):
    """The sweeps, each a size and its faults in order."""
    numbers, sweeps = random.Random(seed), []
    while count > 0:
        size = numbers.choice(list(SWEEPS))
        faults = []
        for place in range(min(per_sweep, count)):
            kind = numbers.choice(kinds)
            faults.append(Fault(kind, round(0.75 * (place + numbers.random()) / per_sweep, 3), round(numbers.random(), 3),
                                round(numbers.uniform(*DURATIONS.get(kind, (0, 0))), 1), numbers.randrange(10 ** 6)))
        sweeps.append((size, faults))
        count -= len(faults)
    return sweeps


class Disk:
    """A small file system that can be filled."""

    def __init__(self, place, size):
        self.place = place
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", place], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def fill(self):
        with open(self.place / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(1 << 16))
            except OSError:
                pass

    def free(self):
        (self.place / "filler").unlink(missing_ok=True)

    def close(self):
        subprocess.run(["umount", "--lazy", self.place], check=False, stderr=subprocess.DEVNULL)


class Campaign:
    """The cluster of a campaign, and what happened to it."""

    def __init__(self, folder, network):
        self.folder, self.network, self.name = folder, network, "campaign"
        self.disks = {}
        self.database = Database(folder, network.leg("database"))
        self.database.create(self.name)
        self.environment = {**os.environ, "RNNSWEEP_CLUSTER": self.database.connection(self.name)}
        for place in ["permits", "granted", "stored"]:
            (folder / place).mkdir()
        self.silo_environment = {**self.environment, "RNNSWEEP_FAULT_POINT":
                                 f"experiment-begins:wait:{folder / 'permits'};lease-granted:kill:{folder / 'granted'};results-stored:kill:{folder / 'stored'}"}
        self.silos, self.ended, self.permits, self.client, self.run, self.restarts, self.client_may_end = [], 0, 0, None, None, 0, False
        self.memory, self.limit, self.readings = 0, 0, 0

    # The cluster.

    def start_silo(self, place):
        silo = Silo(self, self.ended + len(self.silos), self.network.leg(f"silo-{place}"), ["--listen", self.network.leg(f"silo-{place}").address, *self.network.silo_options])
        silo.place, silo.harm = place, set()
        self.silos.append(silo)

    def replace_silos(self):
        """Replaces silos that have ended, and checks that each had a reason to."""
        for silo in [silo for silo in self.silos if not silo.is_up()]:
            code = silo.process.returncode
            allowed = {-signal.SIGKILL: "killed", 0: "terminated", 4: "cut"}.get(code)
            is_late = code == 4 and not silo.has_started()  # it does not wait for a database that is away when it starts
            if allowed not in silo.harm and not is_late and not (code == -signal.SIGKILL and self.took("granted", silo) + self.took("stored", silo)):
                raise Failure(f"silo {silo.number} ended with exit code {code} after {sorted(silo.harm) or 'nothing'}: {silo.log.read_text()[-2000:]}")
            self.silos.remove(silo)
            self.ended += 1
            self.start_silo(silo.place)
        for silo in self.silos:
            self.memory = max(self.memory, resident(silo.process.pid))

    def took(self, place, silo):
        return len(list(self.folder.glob(f"{place}.*.{silo.process.pid}")))

    def start_client(self):
        with open(self.folder / "client.log", "a") as log:
            self.client = start_process([*self.network.leg("client").prefix, processes.PROGRAM, "run", *self.sets, "--engine", "cluster", "-o", self.run / "out"],
                                        env=self.environment, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)

    def feed(self):
        """Lets the silos begin a few experiments more, up to the limit, and sees to what has ended."""
        waiting = list((self.folder / "permits").iterdir())
        if self.limit == self.readings or (self.stored() or 0) < self.limit:  # experiments of a silo that was killed after it stored them run again
            for _ in range(AHEAD - len(waiting)):
                self.permits += 1
                (self.folder / "permits" / f"{self.permits:07}").touch()
        else:
            for permit in waiting:
                permit.unlink(missing_ok=True)
        self.replace_silos()
        self.restart_client()

    def restart_client(self):
        """Starts a client again that the fault has ended, and checks that it may: it ends with exit code 4 where it cannot start or cannot write."""
        code = self.client.poll() if self.client else None
        if code == 4 and self.client_may_end:
            self.restarts += 1
            self.start_client()
        elif code not in (None, 0):
            raise Failure(f"the client ended with exit code {code}: {(self.folder / 'client.log').read_text()[-1500:]}")
        elif code == 0 and self.stored() not in (None, self.readings):
            raise Failure(f"the client ended with exit code 0 and {self.stored()} of {self.readings} readings in the database")

    def stored(self):
        """The readings of this sweep that are stored; None while the database does not answer."""
        count = self.database.ask(self.name, "SELECT count(*) FROM rnnsweep_readings")
        return None if count is None else count - self.before

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise Failure(f"waited {PATIENCE} s for {what}")
            self.feed()
            time.sleep(0.05)

    def work_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.feed()
            time.sleep(0.05)

    # The faults. Each returns when it is over, so no two of them overlap but for what the cluster still has to recover from.

    def inject(self, fault):
        self.wait_until(lambda: all(silo.has_started() for silo in self.silos), "all silos to start")
        silos = random.Random(fault.victims).sample(self.silos, len(self.silos))
        getattr(self, fault.kind.replace("-", "_"))(silos[0], silos[1], fault.duration)

    def kill_silo(self, silo, _, __):
        silo.harm.add("killed")
        silo.process.kill()

    def trip(self, place):
        """Has the next silo that comes to a fault point kill itself."""
        (self.folder / place / f"{time.monotonic_ns()}").touch()
        self.limit = self.readings  # a silo comes to the point only with work
        self.wait_until(lambda: not list((self.folder / place).iterdir()) or self.client.poll() == 0, "a silo to come to the fault point")
        for left in (self.folder / place).iterdir():
            left.unlink(missing_ok=True)

    def kill_granted(self, *_):
        self.trip("granted")

    def kill_stored(self, *_):
        self.trip("stored")

    def stop_silo(self, silo, _, seconds):
        silo.harm.add("cut")  # the others may declare it dead
        silo.process.send_signal(signal.SIGSTOP)
        self.work_for(seconds)
        silo.process.send_signal(signal.SIGCONT)

    def terminate_silo(self, silo, *_):
        silo.harm.add("terminated")
        silo.process.terminate()

    def end_client(self, number):
        self.client.send_signal(number)
        self.client.wait(PATIENCE)
        if self.client.returncode not in (-number, 128 + number, 130, 0):
            raise Failure(f"signal {number} ended the client with exit code {self.client.returncode}")
        self.start_client()

    def kill_client(self, *_):
        self.end_client(signal.SIGKILL)

    def terminate_client(self, *_):
        self.end_client(signal.SIGTERM)

    def stop_client(self, _, __, seconds):
        self.client.send_signal(signal.SIGSTOP)
        self.work_for(seconds)
        self.client.send_signal(signal.SIGCONT)

    def start_database(self):
        def is_started():
            try:
                self.database.start()
                return True
            except subprocess.CalledProcessError:
                return False  # processes of the one that was killed have not ended yet
        self.wait_until(is_started, "PostgreSQL to start")

    def kill_database(self, *_):
        os.kill(self.database.process(), signal.SIGKILL)
        self.start_database()

    def terminate_database(self, _, __, seconds):
        self.database.stop("fast")
        self.work_for(seconds)
        self.start_database()

    def signal_database(self, number):
        server = self.database.process()
        for process in [server] + [int(line) for line in subprocess.run(["ps", "--ppid", str(server), "-o", "pid="], capture_output=True, text=True).stdout.split()]:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def stop_database(self, _, __, seconds):
        self.signal_database(signal.SIGSTOP)
        time.sleep(seconds)  # nothing is asked of it meanwhile
        self.signal_database(signal.SIGCONT)

    def slow_database(self, _, __, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.signal_database(signal.SIGSTOP)
            time.sleep(0.15)
            self.signal_database(signal.SIGCONT)
            time.sleep(0.05)

    def lock_readings(self, _, __, seconds):
        self.database.execute(self.name, f"BEGIN; LOCK TABLE rnnsweep_readings IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep({seconds}); COMMIT")

    def cut(self, seconds, *pairs):
        for sender, receiver in pairs:
            self.network.cut(sender, receiver)
        self.work_for(seconds)
        self.network.heal()

    def cut_database(self, silo, _, seconds):
        silo.harm.add("cut")
        database = self.database.leg
        self.cut(seconds, (silo.leg, database), (database, silo.leg))

    def cut_silos(self, silo, other, seconds):
        silo.harm.add("cut")
        other.harm.add("cut")
        self.cut(seconds, (silo.leg, other.leg), (other.leg, silo.leg))

    def cut_silos_one_way(self, silo, other, seconds):
        silo.harm.add("cut")
        other.harm.add("cut")
        self.cut(seconds, (silo.leg, other.leg))

    def cut_client(self, _, __, seconds):
        client = self.network.leg("client")
        others = [silo.leg for silo in self.silos] + [self.database.leg]
        self.cut(seconds, *[(client, other) for other in others], *[(other, client) for other in others])

    def full_database(self, _, __, seconds):
        self.disks["database"].fill()
        self.work_for(seconds)
        self.disks["database"].free()
        if not (self.database.folder / "postmaster.pid").exists():
            self.start_database()

    def full_results(self, _, __, seconds):
        self.disks["run"].fill()
        self.work_for(seconds)
        self.disks["run"].free()

    # A sweep.

    def sweep(self, number, size, faults, note):
        readings, sets = SWEEPS[size]
        self.readings, self.client_may_end = readings, False
        self.sets = [word for field in [f"name=campaign-{number}", f"seed={number}", *sets] for word in ("--set", field)]
        self.run = self.folder / f"sweep-{number}"
        if "database" in self.disks:
            self.disks["run"] = Disk(self.run, "48m")
        else:
            self.run.mkdir()
        reference = self.folder / f"reference-{number}"
        subprocess.run([processes.PROGRAM, "run", *self.sets, "--engine", "threads", "-o", reference], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder)
        self.before = self.database.ask(self.name, "SELECT count(*) FROM rnnsweep_readings") or 0
        self.start_client()
        for fault, following in zip(faults, [*faults[1:], None]):
            # Work goes on during a fault, but the sweep cannot end before the last one.
            self.limit = (following.after if following else 0.95) * readings
            self.wait_until(lambda: (self.stored() or 0) >= fault.after * readings, f"{fault.after:.0%} of a sweep")
            self.work_for(fault.delay)
            if self.client.poll() == 0:
                break  # a fault point that was reached late has left no work for the others
            self.client_may_end |= fault.kind in ENDS_CLIENT
            self.inject(fault)
            note(fault, self.standstill())
        self.limit = readings
        self.wait_until(lambda: self.client.poll() == 0, "the client to come to an end")
        self.check(number, readings, reference)

    def standstill(self):
        """The seconds until another reading is stored."""
        start, first = time.monotonic(), None

        def is_over():
            nonlocal first
            now = self.stored()
            if now is None:
                return False
            first = now if first is None else first
            self.limit = max(self.limit, min(first + 1, self.readings))
            return now > first or now == self.readings
        self.wait_until(is_over, "another reading to be stored")
        return time.monotonic() - start

    def check(self, number, readings, reference):
        problems = []
        if self.stored() != readings:
            problems.append(f"{self.stored()} readings in the database in place of {readings}")
        if failures := self.database.ask(self.name, "SELECT count(*) FROM rnnsweep_failures"):
            problems.append(f"{failures} experiments given up")
        for table in ["summary.csv", "replicates.csv"]:
            if not (self.run / "out" / table).exists():
                problems.append(f"no {table}")
            elif (self.run / "out" / table).read_bytes() != (reference / table).read_bytes():
                problems.append(f"{table} differs")
        if problems:
            raise Failure(f"sweep {number}: " + "; ".join(problems))
        if "run" in self.disks:
            self.disks.pop("run").close()
        shutil.rmtree(self.run, ignore_errors=True)
        shutil.rmtree(reference)

    def close(self):
        for process in [silo.process for silo in self.silos] + [self.client]:
            if process and process.poll() is None:
                process.kill()
                process.wait()
        try:
            self.signal_database(signal.SIGCONT)
            self.database.stop("immediate")
        except (OSError, subprocess.CalledProcessError):
            pass
        for disk in self.disks.values():
            disk.close()


def resident(process):
    """A process's resident memory in MB; 0 when it has ended."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024 if "VmRSS:" in status else 0
    except OSError:
        return 0


def run(folder, network, no_network, seed, count, per_sweep, wanted):
    """Runs a campaign and prints its table; whether all went well."""
    kinds, disk = wanted or list(KINDS), None
    if no_network:
        kinds = [kind for kind in kinds if kind not in NEEDS_NETWORK]
        print(f"Without cuts: {no_network}.")
    if NEEDS_DISK & set(kinds):
        try:
            disk = Disk(folder / "database", "400m")
        except (OSError, subprocess.CalledProcessError) as error:
            kinds = [kind for kind in kinds if kind not in NEEDS_DISK]
            print(f"Without full disks: {(getattr(error, 'stderr', None) or str(error)).strip()}.")
    sweeps = schedule(seed, count, per_sweep, kinds)
    (folder / "schedule.json").write_text(json.dumps([[size, [dataclasses.asdict(fault) for fault in faults]] for size, faults in sweeps], indent=1))
    print(f"seed {seed}, {count} faults in {len(sweeps)} sweeps, {SILOS} silos", flush=True)
    campaign, done, start = None, collections.defaultdict(list), time.monotonic()
    good = False
    try:
        campaign = Campaign(folder, network)
        if disk:
            campaign.disks["database"] = disk
        for place in range(SILOS):
            campaign.start_silo(place)
        for silo in campaign.silos:
            silo.wait_for_start()

        def note(fault, seconds):
            done[fault.kind].append(seconds)
            print(f"  {time.monotonic() - start:5.0f} s: {fault.kind} {fault.duration or ''}, then {seconds:.1f} s without a result", flush=True)
        for number, (size, faults) in enumerate(sweeps, 1):
            print(f"sweep {number}, {size}", flush=True)
            campaign.sweep(number, size, faults, note)
        good = True
    except Failure as failure:
        print(failure, flush=True)
    finally:
        if campaign:
            campaign.close()
        if disk:
            disk.close()
    total = sum(map(len, done.values()))
    print("\n| fault | times | without a result afterwards, s: median | longest |\n| --- | --- | --- | --- |")
    for kind in [kind for kind in KINDS if done[kind]]:
        seconds = sorted(done[kind])
        print(f"| {KINDS[kind]} | {len(seconds)} | {seconds[len(seconds) // 2]:.1f} | {seconds[-1]:.1f} |")
    print(f"| all | {total} | | {max(map(max, filter(None, done.values())), default=0):.1f} |\n")
    verdict = "no reading lost, doubled, changed or given up" if good else "FAILED"
    print(f"{total} faults in {time.monotonic() - start:.0f} s: {verdict}; with 95 % confidence fewer than {3 / max(total, 1):.1%} of such faults do harm; "
          f"{campaign.restarts if campaign else 0} clients ended with exit code 4 and were started again; largest memory of a silo {campaign.memory if campaign else 0} MB")
    return good
