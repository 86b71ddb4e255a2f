"""
Scenarios: one fault each, of which the cluster recovers. Every scenario has a fresh database and fresh silos, which work on one sweep that a client follows.
Afterwards the client's exit code and tables must be those of a run without faults, byte for byte.
"""

import signal
import time

from cluster import Cluster, write_reference
from processes import Database, Failure, wait_for

# 180 cells along 90 trajectories, each cut into two experiments of three replicates, of which a lease is one.
SWEEP = [word for field in ["name=faults", "hidden_size=64", "spectral_radius=0.5..4.95:0.05", "sequence_length=400,800", "replicates=6"] for word in ("--set", field)]
CELLS, EXPERIMENTS, READINGS = 180, 180, 1080

# How many experiments a recovery may take beyond the one that ends it.
SPARE = 6

# A silo that begins this experiment dies in one of the scenarios; its trajectory has this radius.
DEADLY, DEADLY_RADIUS = 6, "0.65"


class Stage(Cluster):
    """The cluster of a scenario, and what is to be reported of it."""

    def __init__(self, database, folder, name):
        super().__init__(database, folder / name, name.replace("-", "_"))
        self.sweep, self.kills, self.recovery = SWEEP, 0, 0.0

    def done(self):
        """How many experiments are done or have failed, by their readings; 0 while the database does not answer."""
        return (self.stored() or 0) * EXPERIMENTS // READINGS

    def let(self, count):
        """Lets the silos go on until so many experiments are done, and a few more."""
        self.limit = count * READINGS // EXPERIMENTS

    def advance(self, count):
        """Lets the silos work until so many experiments are done, and then wait, each of them holding a lease."""
        self.let(count)
        self.wait_until(lambda: self.done() >= count, f"{count} experiments to be done")
        self.hold()

    def fault(self):
        """Something breaks now."""
        self.kills += 1
        self.broken = time.monotonic()

    def kill(self, silo):
        """SIGKILL of a silo while it holds a lease."""
        wait_for(silo.leases, "the silo to hold a lease")
        self.fault()
        silo.send(signal.SIGKILL)
        silo.wait()

    def trip_one(self, place="faults"):
        """Has the next silo that comes to a fault point act there, and lets the others wait; that silo."""
        silo = self.trip(place)
        self.fault()
        self.hold()
        silo.is_to_end = True
        return silo

    def recover(self, *dead):
        """Waits until the dead hold no lease and another experiment is done, and notes how long that took. Meanwhile the others may do a few."""
        start = self.broken
        self.let(min(self.done() + SPARE, EXPERIMENTS - 2 * SPARE))
        self.wait_until(lambda: all(silo.leases() == 0 for silo in dead), "the leases of the dead to go back")
        wait_for(lambda: self.done() > 0, "the database to answer")
        self.advance(min(self.done() + 1, EXPERIMENTS))
        self.recovery = max(self.recovery, time.monotonic() - start)

    def finish(self):
        self.limit = None
        self.wait_until(lambda: self.client.poll() is not None, "the client to come to an end")
        return self.client.returncode


# The scenarios. Each returns the exit code that it expects of the client, or None for 0.

def no_fault(cluster):
    """no fault"""
    cluster.run_freely()
    cluster.start_silos(3)
    cluster.start_client()


def kill_again_and_again(cluster):
    """SIGKILL of a silo, five times, of three"""
    cluster.start_silos(3)
    cluster.start_client()
    for i in range(5):
        cluster.advance(5 + 8 * i)
        victim = [silo for silo in cluster.silos if silo.is_up() and not silo.runs_suspect()][i % 2]
        cluster.kill(victim)
        cluster.recover(victim)
        cluster.start_silos(1)


def kill_the_only_one(cluster):
    """SIGKILL of the only silo, three times"""
    cluster.start_silos(1)
    cluster.start_client()
    for i in range(3):
        cluster.advance(10 + 15 * i)
        victim = cluster.silos[-1]
        while victim.runs_suspect():
            cluster.advance(cluster.done() + 1)
        cluster.kill(victim)
        other, = cluster.launch_silos(1)
        cluster.recover(victim)
        other.wait_for_start()


def kill_the_keeper(cluster):
    """SIGKILL of the silo that holds the sweep grain, twice"""
    cluster.fault_points("lease-asked:kill:faults")
    cluster.start_silos(3)
    cluster.start_client()
    for i in range(2):
        cluster.advance(10 + 20 * i)
        victim = cluster.trip_one()
        victim.wait()
        cluster.recover(victim)
        cluster.start_silos(1)


def kill_all(cluster):
    """SIGKILL of all three silos, then three others"""
    silos = cluster.start_silos(3)
    cluster.start_client()
    cluster.advance(20)
    for silo in silos:
        cluster.kill(silo)
    others = cluster.launch_silos(3)
    cluster.recover(*silos)
    for silo in others:
        silo.wait_for_start()


def kill_between(point, what):
    def scenario(cluster):
        cluster.fault_points(f"{point}:kill:faults")
        cluster.start_silos(3)
        cluster.start_client()
        cluster.advance(15)
        victim = cluster.trip_one()
        victim.wait()
        cluster.recover(victim)
        cluster.start_silos(1)
    scenario.__doc__ = f"SIGKILL of a silo {what}"
    return scenario


def stop_for_a_minute(cluster):
    """SIGSTOP of a silo for a minute, SIGCONT"""
    cluster.fault_points("lease-asked:stop:faults")
    cluster.start_silos(3)
    cluster.start_client()
    cluster.advance(15)
    victim = cluster.trip_one()
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
    cluster.start_client("attach", cluster.sweep_id())


def add_a_silo(cluster):
    """a silo added in mid-sweep"""
    cluster.start_silos(1)
    cluster.start_client()
    cluster.advance(10)
    start = time.monotonic()
    added, = cluster.start_silos(1)
    wait_for(added.leases, "the new silo to take work")
    cluster.let(EXPERIMENTS // 2)
    cluster.wait_until(added.has_begun, "the new silo to begin an experiment")
    cluster.recovery = time.monotonic() - start


def terminate(cluster):
    """SIGTERM of two silos of three"""
    silos = cluster.start_silos(3)
    cluster.start_client()
    cluster.advance(15)
    cluster.permit(3)
    for silo in silos[:2]:
        cluster.fault()
        silo.send(signal.SIGTERM)
    cluster.recover(*silos[:2])
    for silo in silos[:2]:
        if silo.wait() != 0:
            raise Failure(f"SIGTERM ended a silo with exit code {silo.process.returncode}")


def deadly_experiment(cluster):
    """an experiment that kills its silo each time"""
    cluster.run_freely(f"experiment-begins={DEADLY}:kill")
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


def problems_of(cluster, code, expected, reference):
    """What is wrong after a scenario, and how many cells have no row and more than one."""
    is_deadly = expected == 3
    problems = [] if code == expected else [f"exit code {code} instead of {expected}: {cluster.client_log()[-600:]}"]
    # The cells of the deadly experiment have rows over the readings of the other one; all others are as they should be.
    problems += cluster.differences(reference, lambda line: not is_deadly or line.split(",")[0] != DEADLY_RADIUS)
    if is_deadly and "silo crashed 3 times" not in cluster.client_log():
        problems.append("the deadly experiment is not named")
    stored = cluster.database.ask(cluster.name, "SELECT count(*) FROM rnnsweep_readings")
    if stored != READINGS - 6 * is_deadly:
        problems.append(f"{stored} readings in the database")
    cells = [tuple(line.split(",")[:2]) for line in (cluster.run / "summary.csv").read_text().splitlines()[1:]] if (cluster.run / "summary.csv").exists() else []
    return problems, CELLS - len(set(cells)), len(cells) - len(set(cells))


def run(name, database, folder, reference):
    """Runs a scenario and prints its line; whether all went well."""
    cluster = Stage(database, folder, name)
    start = time.monotonic()
    try:
        expected = SCENARIOS[name](cluster) or 0
        code = cluster.finish()
        seconds = time.monotonic() - start
        problems, lost, double = problems_of(cluster, code, expected, reference)
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


def run_all(names, folder):
    """Runs scenarios, all if none is named, and prints their table; whether all went well."""
    database = Database(folder)
    try:
        reference = folder / "reference"
        write_reference(SWEEP, reference)
        print("| fault | kills | experiments | lost | double | begun again | recovery, s | exit code | whole, s | verdict |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
        return all([run(name, database, folder, reference) for name in names or SCENARIOS])
    finally:
        database.close()
