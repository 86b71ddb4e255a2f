#!/usr/bin/env python3
"""How much faster two silos on two cores are than one silo on one core.

    tests/Benchmarks/two_silos.py [--repeats N]

Needs the program, built (./build program), PostgreSQL's server (Debian: postgresql), taskset, two cores, and a machine on which nobody else works: how idle the
cores were just before is printed with every time. Each run has a fresh database and fresh silos with one thread each, pinned to a core of their own; the
database and the client share these cores, so that one core is one core. The time is that of `rnnsweep run --engine cluster`, from its start to its tables.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Faults"))
from processes import PROGRAM, Database, wait_for  # of the tests of faults

# 600 cells along 200 trajectories, each some tenths of a second: a minute on one core. What a silo spends on starting, on compiling itself and on drawing
# weights is a few seconds each, which a shorter sweep would measure instead.
SWEEP = [
    "--set", "name=two-silos", "--set", "hidden_size=128", "--set", "spectral_radius=0.5..1.495:0.005",
    "--set", "sequence_length=50,100,200", "--set", "replicates=8"]


def idle(seconds=2.0):
    """The share of all cores that nobody uses."""
    def jiffies():
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        return fields[3] + fields[4], sum(fields)

    before = jiffies()
    time.sleep(seconds)
    after = jiffies()
    return (after[0] - before[0]) / (after[1] - before[1])


def pinned(cores, command):
    return ["taskset", "-c", ",".join(map(str, cores)), *map(str, command)]


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(folder, cores):
    """Seconds of a run on some cores, a silo on each, those that a processor spent on each silo meanwhile, and the bytes of its tables."""
    folder.mkdir()
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)  # the database and the client inherit it
    database, silos = Database(folder), []
    try:
        database.create("silos")
        environment = {**os.environ, "RNNSWEEP_CLUSTER": database.connection("silos")}
        for core in cores:
            log = folder / f"silo-{core}.log"
            with open(log, "w") as output:
                silos.append(subprocess.Popen(
                    pinned([core], [PROGRAM, "silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1"]),
                    env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=folder))
            wait_for(lambda: log.read_text().startswith("silo ") or "\nsilo " in log.read_text(), "a silo to start")
        before, start = [processor_seconds(silo) for silo in silos], time.monotonic()
        subprocess.run(
            [PROGRAM, "run", *SWEEP, "--engine", "cluster", "-o", "run"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, check=True)
        seconds = time.monotonic() - start
        return seconds, [processor_seconds(silo) - was for silo, was in zip(silos, before)], (folder / "run/replicates.csv").read_bytes()
    finally:
        for silo in silos:
            silo.terminate()
        for silo in silos:
            silo.wait()
        database.stop("fast")
        os.sched_setaffinity(0, own)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1, help="runs of each kind, one after the other in turn [default: 1]")
    repeats = parser.parse_args().repeats
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        sys.exit("two_silos.py: there is one core only")

    folder = pathlib.Path(tempfile.mkdtemp(prefix="rnnsweep-silos-"))
    folder.chmod(0o755)
    times, tables = {1: [], 2: []}, set()
    try:
        for repeat in range(repeats):
            for count in (1, 2):
                free = idle()
                seconds, processor, table = measure(folder / f"{repeat}-{count}", cores[:count])
                times[count].append(seconds)
                tables.add(table)
                plural = "s" if count > 1 else ""
                print(
                    f"{count} silo{plural} on {count} core{plural}: {seconds:.1f} s, the silo{plural} had {' + '.join(f'{each:.1f}' for each in processor)} s of processor time "
                    f"(the machine was {free:.0%} idle before)", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{min(times[1]) / min(times[2]):.2f} times as fast; the tables are {'the same bytes' if len(tables) == 1 else 'DIFFERENT'}")
    return 0 if len(tables) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
