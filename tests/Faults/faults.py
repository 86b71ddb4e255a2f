#!/usr/bin/env python3
"""Injects faults into a cluster of real processes and checks that no result is lost or stored twice.

    tests/Faults/faults.py [SCENARIO ...]           all of them, or those named; --list names them
    tests/Faults/faults.py --campaign 12 --seed 1   random faults at random moments (campaign.py)

Needs the program, built (./build program), and PostgreSQL's server (Debian: postgresql). Every scenario has a fresh database and fresh silos, which work
on one sweep that a client follows. Afterwards the client's exit code and tables must be those of a run without faults, byte for byte. One line is printed for each:
kills, experiments, lost (cells without a row), double (cells with more than one), begun again (runs beyond one per experiment, as a share of all experiments), and
recovery: the seconds from the fault until no dead silo held a lease and another experiment was done (where the fault lasts a minute, from its end).

The scenarios wait for states, not for times, so that they hold on a machine of any speed. The silos' hook RNNSWEEP_FAULT_POINT (src/Grains/FaultPoint.cs) has
each silo wait at the beginning of an experiment until the scenario allows it, so the sweep cannot end before the fault; and it has a silo kill or stop itself at points
that cannot be hit from outside.
"""

import argparse
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import campaign
import network
import processes
from processes import AHEAD, CELLS, EXPERIMENTS, READINGS, SWEEP, Cluster, Database, Failure, wait_for

# A silo that begins this experiment dies in one of the scenarios; its trajectory has this radius.
DEADLY, DEADLY_RADIUS = 6, "0.65"

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
    sweep = json.loads(subprocess.run([processes.PROGRAM, "status", "--json"], env=cluster.environment, capture_output=True, check=True).stdout)["sweeps"][0]["id"]
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
    parser.add_argument("--campaign", type=int, metavar="N", help="N random faults instead of scenarios (campaign.py)")
    parser.add_argument("--seed", type=int, default=1, help="of the campaign [default: 1]")
    parser.add_argument("--per-sweep", type=int, default=8, metavar="N", help="faults of the campaign in a sweep [default: 8]")
    parser.add_argument("--kinds", type=lambda text: text.split(","), help=f"of faults in the campaign, separated by commas: {', '.join(campaign.KINDS)} [default: all]")
    parser.add_argument("--program", type=pathlib.Path, default=processes.PROGRAM, help="the program to test [default: the one that was built here]")
    arguments = parser.parse_args()
    processes.PROGRAM = arguments.program.absolute()
    if arguments.list:
        print("\n".join(f"{name:22}{scenario.__doc__}" for name, scenario in SCENARIOS.items()))
        return 0
    if unknown := [name for name in arguments.scenarios if name not in SCENARIOS]:
        parser.error(f"there is no scenario {unknown[0]}; --list names them")

    if unknown := [kind for kind in arguments.kinds or [] if kind not in campaign.KINDS]:
        parser.error(f"there is no kind {unknown[0]}; there are {', '.join(campaign.KINDS)}")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    folder = pathlib.Path(arguments.keep or tempfile.mkdtemp(prefix="rnnsweep-faults-")).absolute()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    if arguments.campaign:
        legs, no_legs = network.make()
        try:
            return 0 if campaign.run(folder, legs, no_legs, arguments.seed, arguments.campaign, arguments.per_sweep, arguments.kinds) else 1
        finally:
            legs.close()
            if not arguments.keep:
                shutil.rmtree(folder)
    database = Database(folder)
    try:
        reference = folder / "reference"
        subprocess.run([processes.PROGRAM, "run", *SWEEP, "--engine", "threads", "-o", reference], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
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
