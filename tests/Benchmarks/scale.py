#!/usr/bin/env python3
"""What a sweep costs a cluster besides its numbers, measured on one silo, and what follows from it for 1, 10 and 100 silos.

    tests/Benchmarks/scale.py [--quick] [--output FILE]

Requires the built program (./build program), the PostgreSQL server (Debian: postgresql), two cores, and an otherwise idle machine. One silo with one thread
runs sweeps of next to no computation through PostgreSQL (fsync off, so that the disk's speed does not matter). Two sweeps with other numbers of
experiments and of readings give the processor time of an experiment and of a reading, for each of the three processes: the silo, PostgreSQL, and the client.

The simulation is one of queues: every silo takes a lease, computes, has its readings stored and settles the lease. Calls of the sweep grain are served one at a
time, and so are transactions by each core of the database.
"""

import argparse
import datetime
import heapq
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Faults"))
from processes import PROGRAM, Database, wait_for  # of the tests of faults

CELLS, REPLICATES = 1_000_000, 64
CORES_OF_A_SILO, CORES_OF_THE_DATABASE = 8, 8

# Work of a lease (SweepGrain.LeaseWork) and of an experiment, as `rnnsweep plan` counts it, and operations a second of one core on the product kernel.
LEASE_WORK, OPERATIONS_PER_SECOND = 5e8, 5e10


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")  # with children that have ended


def thread_seconds(pid):
    """Processor seconds of a silo's threads that run experiments, and of all others: grains, leases, messages, and what sends readings to the database."""
    experiments = 0.0
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            name, fields = path.read_text().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue  # a thread that has just ended; those that run experiments do not end
        fields = fields.split()
        experiments += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if name.startswith("experiments") else 0
    return experiments, processor_seconds(pid) - experiments


def children(pid):
    """Processor seconds of a process and of all those it has started."""
    total = processor_seconds(pid)
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            if path.read_text().rsplit(")", 1)[1].split()[1] == str(pid):
                total += children(int(path.parent.name))
        except (OSError, IndexError):
            pass  # a process that has just ended
    return total


def measure(folder, experiments, replicates):
    """Seconds, and processor seconds of the silo's workers, of its other threads, of PostgreSQL and of the client, of a sweep of so many experiments with as many readings as it has replicates."""
    folder.mkdir()
    database, silo = Database(folder), None
    try:
        database.create("scale")
        environment = {**os.environ, "RNNSWEEP_CLUSTER": database.connection("scale")}
        log = folder / "silo.log"
        with open(log, "w") as output:
            silo = subprocess.Popen(
                [PROGRAM, "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1"],
                env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
        wait_for(lambda: log.read_text().startswith("silo ") or "\nsilo " in log.read_text(), "a silo to start")
        postmaster = int((database.folder / "postmaster.pid").read_text().split()[0])

        def run(name, seed, cells, replicates):
            sweep = ["hidden_size=4", f"spectral_radius=0.5..{0.5 + (cells - 1) * 1e-5:.5f}:0.00001", "sequence_length=5", "activation=linear", f"seed={seed}", f"replicates={replicates}"]
            before = [*thread_seconds(silo.pid), children(postmaster), os.times().children_user + os.times().children_system]
            start = time.monotonic()
            subprocess.run(
                [PROGRAM, "run", "--set", f"name={name}", *(word for field in sweep for word in ("--set", field)), "--engine", "cluster", "-o", name],
                env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, check=True)
            seconds = time.monotonic() - start
            after = [*thread_seconds(silo.pid), children(postmaster), os.times().children_user + os.times().children_system]
            return [seconds, *(late - early for early, late in zip(before, after))]

        run("warm", 2, 500, 2)  # what is compiled once and loaded once
        return run("measured", 1, experiments, replicates)
    finally:
        if silo:
            silo.terminate()
            silo.wait()
        database.stop("fast")


def simulate(silos, experiment_seconds, readings, costs):
    """Seconds of the sweep on some silos, and how busy the sweep grain, the database and the silos' cores are."""
    per_lease = max(1, round(LEASE_WORK / OPERATIONS_PER_SECOND / max(experiment_seconds, 1e-9)))
    experiments = CELLS * REPLICATES // readings
    leases = -(-experiments // per_lease)
    worker, grains = costs["worker"], costs["grains"]
    compute = per_lease * (experiment_seconds + worker["experiment"] + (readings * (worker["reading"] + grains["reading"])))
    grain = per_lease * grains["experiment"]  # an upper bound: all that the silo's other threads do for an experiment
    store = per_lease * readings * costs["database"]["reading"] / CORES_OF_THE_DATABASE

    # A fraction of the leases is simulated; all queues have settled long before.
    simulated = min(leases, 400 * silos * CORES_OF_A_SILO // 8 + 2000)
    free_grain = free_database = now = 0.0
    cores = [(0.0, core) for core in range(silos * CORES_OF_A_SILO)]
    heapq.heapify(cores)
    for _ in range(simulated):
        now, core = heapq.heappop(cores)
        free_grain = max(now, free_grain) + grain  # taken
        done = free_grain + compute
        free_database = max(done, free_database) + store  # stored by the time the next lease ends; the core goes on at once
        heapq.heappush(cores, (max(done, free_database - 2.0), core))  # a silo has at most some seconds of readings in its queue
    end = max(now, free_database)
    return end * leases / simulated, {
        "sweep grain": grain * simulated / end, "database": store * simulated / end, "cores": compute * simulated / end / (silos * CORES_OF_A_SILO)}


# How busy the machine was before the measurement, which loads it itself.
LOAD_BEFORE = os.getloadavg()[0]


def page_of(title):
    """The first lines of a page: what was measured with what, and how busy the machine was before."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=pathlib.Path(__file__).parent).stdout.strip()
    name = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text()).group(1)
    return [f"# {title}", "", f"{datetime.date.today()} · commit {commit} · {name}, {os.cpu_count()} cores · load average before it {LOAD_BEFORE:.2f}", ""]


def write_page(lines, output):
    """Writes a Markdown page to a file, or to standard output where that is None."""
    text = "\n".join(lines) + "\n"
    if output:
        output.write_text(text)
    else:
        print(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="to see that it works; the numbers mean nothing")
    parser.add_argument("--output", type=pathlib.Path, help="the Markdown page [default: standard output]")
    arguments = parser.parse_args()
    many, few = (2000, 500) if arguments.quick else (40_000, 5000)

    folder = pathlib.Path(tempfile.mkdtemp(prefix="rnnsweep-scale-"))
    folder.chmod(0o755)
    try:
        single = measure(folder / "single", many, 1)
        wide = measure(folder / "wide", few, REPLICATES)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

    # time = experiments · e + readings · r, from the two sweeps.
    rows_single, rows_wide = many, few * REPLICATES
    costs = {}
    for place, name in enumerate(("wall", "worker", "grains", "database", "client")):
        one, other = single[place], wide[place]
        reading = (other - (one * few / many)) / (rows_wide - (rows_single * few / many))
        costs[name] = {"experiment": max(0.0, (one - (rows_single * reading)) / many), "reading": max(0.0, reading)}

    lines = [*page_of("Scale"), f"One silo with one thread, PostgreSQL and the client on {os.cpu_count()} cores. {many:,} experiments of one reading each took {single[0]:.1f} s, "
             f"{few:,} of {REPLICATES} readings each {wide[0]:.1f} s ({rows_wide / wide[0]:,.0f} readings a second).", "",
             "| processor time | an experiment | a reading |", "| --- | --- | --- |"]
    lines += [f"| {label} | {costs[name]['experiment'] * 1e6:.0f} µs | {costs[name]['reading'] * 1e6:.1f} µs |"
              for name, label in (
                  ("worker", "silo, the threads that run experiments"), ("grains", "silo, all others: grains, leases, messages, sending readings"), ("database", "PostgreSQL"),
                  ("client", "client: reads the readings, writes the tables"))]
    lines += ["", f"A sweep of {CELLS:,} cells × {REPLICATES} replicates by the simulation, silos of {CORES_OF_A_SILO} cores, a database of {CORES_OF_THE_DATABASE}:", "",
              "| seconds of a reading | silos | hours | cores busy | database busy | sweep grain busy |", "| --- | --- | --- | --- | --- | --- |"]
    for reading_seconds in (1e-5, 1e-3, 1e-1):
        for silos in (1, 10, 100):
            seconds, busy = simulate(silos, reading_seconds * REPLICATES, REPLICATES, costs)
            lines.append(
                f"| {reading_seconds * 1000:g} ms | {silos} | {seconds / 3600:.2g} | {busy['cores']:.0%} | {busy['database']:.0%} | {busy['sweep grain']:.0%} |")
    write_page(lines, arguments.output)


if __name__ == "__main__":
    main()
