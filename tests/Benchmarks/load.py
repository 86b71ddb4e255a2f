#!/usr/bin/env python3
"""A cluster under load, and one with a very large sweep.

    tests/Benchmarks/load.py [--seconds S] [--nice N] [--quick] [--output FILE]       three silos, fifty active sweeps, twenty clients that follow: about six minutes
    tests/Benchmarks/load.py --cells N [--share F] [--recorded]  one sweep of N cells on two silos, until a share is done; then the silo that holds its grain is killed
    tests/Benchmarks/load.py --matrices [--output FILE]          sweeps with large matrices, one after another: what the silos keep of them

Requires the built program (./build program), the PostgreSQL server (Debian: postgresql), and an otherwise idle machine. Every silo has one thread. The cells
take next to no computation, so what is measured is the cluster around them. PostgreSQL has fsync off, so that the disk's speed does not matter.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Faults"))
from processes import PROGRAM, Database, start_process, wait_for
from scale import children, page_of, processor_seconds, thread_seconds, write_page

CELL = ["hidden_size=4", "sequence_length=1", "activation=linear", "replicates=1"]
LARGE, SMALL = 1_000_000, 100_000

# A plan is freed a minute after its last use.
UNTIL_FREED = 75


class Cluster:
    """A database and silos of its own, which end with it."""

    def __init__(self, folder, silos, nice=0):
        self.prefix = ["nice", "-n", str(nice)] if nice else []  # of silos and clients that follow
        self.folder, self.processes, self.silos, self.pages, self.retries = folder, [], [], [], 0
        self.database = Database(folder)
        self.database.create("load")
        self.environment = {**os.environ, "RNNSWEEP_CLUSTER": self.database.connection("load")}
        self.logs = [folder / f"silo-{number}.log" for number in range(silos)]
        for log in self.logs:
            self.silos.append(self.start("silo", "--silo-port", "0", "--gateway-port", "0", "--parallelism", "1", log=log))
        for log in self.logs:
            wait_for(lambda: "HTTP at " in log.read_text(), "a silo to start")
            self.pages.append(re.search(r"HTTP at (\S+)", log.read_text()).group(1))

    def start(self, *command, log):
        with open(log, "w") as output:
            process = start_process([*self.prefix, PROGRAM, *map(str, command)], env=self.environment, stdout=output, stderr=subprocess.STDOUT, cwd=self.folder)
        self.processes.append(process)
        return process

    def call(self, *command):
        """What a command prints, and the seconds that it took."""
        for attempt in range(4):
            start = time.monotonic()
            done = subprocess.run([PROGRAM, *map(str, command)], env=self.environment, capture_output=True, text=True, cwd=self.folder)
            if done.returncode == 0:
                return done.stdout.strip(), time.monotonic() - start
            self.retries += 1
            print(f"{command[:2]}: exit code {done.returncode}: {done.stderr}", file=sys.stderr)
        raise RuntimeError(f"{command} failed four times")

    def submit(self, *fields):
        return self.call("submit", *(word for field in fields for word in ("--set", field)))

    def readings(self):
        """How many readings the silos have stored since they started."""
        return sum(self.metric(page, "rnnsweep_readings_done_total") for page in self.pages)

    @staticmethod
    def metric(page, name):
        try:
            text = urllib.request.urlopen(f"{page}metrics", timeout=30).read().decode()
        except OSError:
            return 0  # the silo is gone
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)", text, re.M))

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
        for process in self.processes:
            process.wait()
        self.database.stop("immediate")


class Memory(threading.Thread):
    """The resident memory of processes, once a second."""

    def __init__(self, processes):
        super().__init__(daemon=True)
        self.processes, self.samples, self.is_over = processes, collections.defaultdict(list), threading.Event()
        self.start()

    def run(self):
        while not self.is_over.wait(1):
            for process in self.processes:
                if process.poll() is None:
                    self.samples[process.pid].append(megabytes(process.pid))

    def most(self, process):
        return max(self.samples[process.pid], default=0)


def megabytes(pid):
    try:
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024
    except (OSError, AttributeError):
        return 0.0


def spread(seconds):
    return f"{statistics.median(seconds):.2f} | {max(seconds):.2f}"


def in_turn(commands, at_once):
    """Runs functions on so many threads."""
    waiting, results = collections.deque(commands), []

    def work():
        while waiting:
            try:
                command = waiting.popleft()
            except IndexError:
                return
            results.append(command())
    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def under_load(cluster, seconds, count, followers):
    idle = [cluster.call("status")[1] for _ in range(3)]
    sweeps = [("large", LARGE), *((f"small-{number}", SMALL) for number in range(count - 1))]
    memory = Memory(cluster.silos)
    ids = dict(in_turn([
        lambda name=name, cells=cells, number=number: (name, cluster.submit(f"name={name}", f"seed={number * LARGE + 1}..{number * LARGE + cells}:1", *CELL)[0])
        for number, (name, cells) in enumerate(sweeps)], 2))
    clients = [cluster.start("attach", ids[name], "-o", name, log=cluster.folder / f"{name}.log") for name, _ in sweeps[:followers]]
    postmaster = cluster.database.process()

    def are_following():
        """Whether the clients have compared their sweeps with the database, which takes more processor time than minutes of following."""
        before = sum(processor_seconds(client.pid) for client in clients)
        time.sleep(5)
        return all("cells/s" in (cluster.folder / f"{name}.log").read_text() for name, _ in sweeps[:followers]) and sum(processor_seconds(client.pid) for client in clients) - before < 2.5
    wait_for(are_following, "the clients to follow")

    def used():
        threads = [thread_seconds(silo.pid) for silo in cluster.silos]
        return {
            "silos: experiments": sum(workers for workers, _ in threads), "silos: everything else": sum(rest for _, rest in threads),
            "PostgreSQL": children(postmaster), "clients": sum(processor_seconds(client.pid) for client in clients)}

    before, readings, start = used(), cluster.readings(), time.monotonic()
    status, processor, pages, active = [], [], [], 0
    while time.monotonic() - start < seconds:
        earlier = sum(os.times()[2:4])
        text, took = cluster.call("status", "--json")
        status.append(took)
        processor.append(sum(os.times()[2:4]) - earlier)
        active = sum(sweep["state"] == "active" for sweep in json.loads(text)["sweeps"])
        asked = time.monotonic()
        urllib.request.urlopen(cluster.pages[len(pages) % len(cluster.pages)], timeout=30).read()
        pages.append(time.monotonic() - asked)
        time.sleep(2)
    took = time.monotonic() - start
    readings = cluster.readings() - readings
    spent = {who: late - before[who] for who, late in used().items()}
    queued = max(cluster.metric(page, "rnnsweep_results_queued") for page in cluster.pages)
    ended = [client for client in clients if client.poll() is not None]
    for client in clients:
        client.kill()
    in_turn([lambda sweep=sweep: cluster.call("cancel", sweep) for sweep in ids.values()], 3)
    working = [memory.most(silo) for silo in cluster.silos]
    time.sleep(UNTIL_FREED)
    memory.is_over.set()
    after = [megabytes(silo.pid) for silo in cluster.silos]

    busy = sum(spent.values()) / took
    lines = page_of("Load: many sweeps and clients")
    lines += [
        f"{'Silos and clients were started by `' + ' '.join(cluster.prefix) + '`. ' if cluster.prefix else ''}Three silos of one thread each, PostgreSQL, and {followers} clients that follow a sweep each, on one machine. {active} sweeps were active at the end: one of {LARGE:,} cells and "
        f"the others of {SMALL:,}, of one reading each, N = 4, T = 1. For {took:.0f} s the silos stored **{readings / took:,.0f} readings a second**; "
        f"{len(ended)} of the clients ended early; at most {queued:.0f} experiments of a silo waited to be stored; {cluster.retries} commands had to be repeated.", "",
        "| `status` | median, s | longest, s |", "| --- | ---: | ---: |",
        f"| whole process, the cluster idle | {spread(idle)} |",
        f"| whole process, under load ({len(status)} times) | {spread(status)} |",
        f"| its processor time under load | {spread(processor)} |",
        f"| a silo's page of all sweeps, from the database alone, under load | {spread(pages)} |", "",
        "| processor time | cores |", "| --- | ---: |",
        *(f"| {who} | {each / took:.2f} |" for who, each in spent.items()),
        f"| all, of {os.cpu_count()} | {busy:.2f} |", "",
        "| memory of a silo | largest of three, MB |", "| --- | ---: |",
        f"| while the sweeps were active | {max(working):.0f} |",
        f"| {UNTIL_FREED} s after they were cancelled | {max(after):.0f} |"]
    return lines


def one_large(cluster, cells, share, is_recorded):
    memory = Memory(cluster.silos)
    sweep, submitted = cluster.submit("name=large", f"seed=1..{cells}:1", *CELL)
    start = time.monotonic()
    wait_for(lambda: cluster.readings() > 0, "the first reading")
    first = time.monotonic() - start

    def holder():
        """The silo that logged last that the sweep grain is active there."""
        lines = [(max((line[:19] for line in log.read_text().splitlines() if "is active on this silo" in line), default=""), place) for place, log in enumerate(cluster.logs)]
        return max(lines)[1]

    def counts():
        entry, = json.loads(cluster.call("status", "--json")[0])["sweeps"]
        return entry["done"]

    if is_recorded:
        # The sweep grain records a part after five seconds; the parts after it are recorded here as if they were done.
        wait_for(lambda: cluster.database.ask("load", "SELECT count(*) FROM rnnsweep_done"), "the first record")
        cluster.database.execute(
            "load", "INSERT INTO rnnsweep_done SELECT sweep, p, first_cell, decode(repeat('ff', 8192), 'hex') FROM rnnsweep_done, "
            f"generate_series(1, {int(share * cells) // 65536}) p WHERE part = 0 ON CONFLICT DO NOTHING")
    while not is_recorded and counts() < share * cells:
        time.sleep(5)
    rate = cluster.readings() / (time.monotonic() - start)
    place = holder()
    done = int(share * cells) if is_recorded else counts()
    cluster.silos[place].kill()
    killed = time.monotonic()
    other = cluster.pages[1 - place]
    logged = cluster.logs[1 - place]
    wait_for(lambda: "is active on this silo" in logged.read_text().split("Silo")[-1] or f"{sweep} is active on this silo" in logged.read_text(), "the sweep to move")
    moved = time.monotonic() - killed
    held = cluster.metric(other, "rnnsweep_readings_done_total")
    wait_for(lambda: cluster.metric(other, "rnnsweep_readings_done_total") > held, "another reading")
    back = time.monotonic() - killed
    known, status = counts(), cluster.call("status")[1]
    time.sleep(30)  # what follows the start of the grain, in the background
    memory.is_over.set()
    late = counts()
    lines = page_of("One large sweep")
    lines += [
        f"A sweep of {cells:,} cells of one reading each, N = 4, T = 1, on two silos of one thread each. After {done:,} cells "
        f"{'(of which most were recorded as done, and not computed) ' if is_recorded else ''}the silo that held the sweep grain was killed.", "",
        "| | |", "| --- | ---: |",
        f"| `submit`, whole process, s | {submitted:.1f} |",
        f"| until the first reading, s | {first:.1f} |",
        f"| readings a second until the kill | {rate:,.0f} |",
        f"| from the kill until the other silo held the sweep grain, s | {moved:.1f} |",
        f"| until another reading was stored, s | {back:.1f} |",
        f"| cells done, before the kill and as `status` showed them then | {done:,} and {known:,} |",
        f"| and half a minute later | {late:,} |",
        f"| `status` then, whole process, s | {status:.1f} |",
        f"| memory of the killed silo, at the most, MB | {memory.most(cluster.silos[place]):.0f} |",
        f"| memory of the other silo, at the most, MB | {memory.most(cluster.silos[1 - place]):.0f} |"]
    return lines


def with_matrices(cluster, sweeps=8, size=1400):
    """Sweeps of which each has a matrix of its own of 15 MB, cancelled after the silos have it."""
    memory = []
    for number in range(sweeps):
        values = [0.0] * (size * size)
        for row in range(size):
            values[(row * size) + ((row * 7 + number) % size)] = 1.0 + number
        header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({size}, {size}), }}".encode().ljust(117) + b"\n"
        (cluster.folder / f"w{number}.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"<{size * size}d", *values))
        sweep, _ = cluster.submit(f"name=m{number}", f"weights=w{number}.npy", f"hidden_size={size}", "sequence_length=1,2", "activation=linear", "replicates=1", "seed=1..4:1")
        wait_for(lambda: cluster.database.ask("load", f"SELECT count(*) FROM rnnsweep_held WHERE sweep = '{sweep}'"), "a silo to run it")
        time.sleep(3)
        cluster.call("cancel", sweep)
        memory.append(max(megabytes(silo.pid) for silo in cluster.silos))
    time.sleep(UNTIL_FREED)
    after = max(megabytes(silo.pid) for silo in cluster.silos)
    lines = page_of("Sweeps with matrices")
    lines += [f"{sweeps} sweeps with a matrix of {size * size * 8 / 1e6:.0f} MB each, one after another, on two silos.", "",
              f"Memory of the larger silo after each of them, MB: {', '.join(f'{each:.0f}' for each in memory)}; {UNTIL_FREED} s after the last: {after:.0f}."]
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=45, help="how long the load is measured [default: 45]")
    parser.add_argument("--quick", action="store_true", help="ten sweeps and three clients, to see that it works; the numbers mean little")
    parser.add_argument("--nice", type=int, default=0, metavar="N", help="run silos and clients that follow at this nice value, status and the database at 0 [default: 0]")
    parser.add_argument("--cells", type=int, help="measure one sweep of so many cells instead")
    parser.add_argument("--share", type=float, default=0.5, help="the share of the cells after which the silo is killed [default: 0.5]")
    parser.add_argument("--recorded", action="store_true", help="record that share as done instead of computing it")
    parser.add_argument("--matrices", action="store_true", help="measure sweeps with matrices instead")
    parser.add_argument("--output", type=pathlib.Path, help="the Markdown page [default: standard output]")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the database ends, too
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rnnsweep-load-"))
    folder.chmod(0o755)
    cluster = None
    try:
        cluster = Cluster(folder, 2 if arguments.cells or arguments.matrices else 3, arguments.nice)
        lines = (one_large(cluster, arguments.cells, arguments.share, arguments.recorded) if arguments.cells
                 else with_matrices(cluster) if arguments.matrices else under_load(cluster, 15 if arguments.quick else arguments.seconds, *((10, 3) if arguments.quick else (50, 20))))
    finally:
        if cluster:
            cluster.close()
        shutil.rmtree(folder, ignore_errors=True)
    write_page(lines, arguments.output)


if __name__ == "__main__":
    main()
