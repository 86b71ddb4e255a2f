"""What numpy_batched.py and torch_batched.py share: the command line, the drawn networks, the two processes and the table.

A block is a range of replicates. Its arrays hold all radii of all its replicates; an axis of radii comes before the axis of replicates, and units come last.
"""
import argparse
import csv
import multiprocessing

import numpy as np
from scipy.special import ndtri

from numpy_trajectory import COLUMNS, INITIAL_STATE, LOSS_GRADIENT, RECURRENT, THRESHOLD


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("output")
    parser.add_argument("--hidden-size", type=int, required=True)
    parser.add_argument("--radii", type=lambda text: np.array([float(value) for value in text.split(",")]), required=True)
    parser.add_argument("--lengths", type=lambda text: sorted(int(value) for value in text.split(",")), required=True)
    parser.add_argument("--replicates", type=int, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--block", type=int, help="replicates of one block; by default as many as keep a block's products in the second-level cache")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def normals(seed, replicates, role, size):
    """(replicates, size) normal numbers; the same as numpy_trajectory.normals for each replicate, but from one generator whose key is set."""
    philox = np.random.Philox(0)
    state = philox.state
    state["state"]["counter"] = np.zeros(4, dtype=np.uint64)
    state["buffer_pos"], state["has_uint32"] = 4, 0  # nothing is left of the block before
    raw = np.empty((len(replicates), size), dtype=np.uint64)
    for row, replicate in zip(raw, replicates):
        state["state"]["key"] = np.array([seed, 16 * replicate + role], dtype=np.uint64)
        philox.state = state
        row[:] = philox.random_raw(size)
    return ndtri(((raw >> np.uint64(11)) + 0.5) * 2.0**-53)


class Networks:
    """The networks of a block and what no radius and no length changes: W₀ (B, N, N), its spectral radius, norm and ln |det| (B), x₀ and g (B, N)."""

    def __init__(self, seed, replicates, n):
        self.w0 = normals(seed, replicates, RECURRENT, n * n).reshape(-1, n, n) / np.sqrt(n)
        self.radius = np.abs(np.linalg.eigvals(self.w0)).max(axis=-1)
        self.norm = np.linalg.norm(self.w0, 2, axis=(-2, -1))
        self.log_determinant = np.linalg.slogdet(self.w0)[1]
        self.x0 = normals(seed, replicates, INITIAL_STATE, n)
        self.g = normals(seed, replicates, LOSS_GRADIENT, n)
        self.g /= np.linalg.norm(self.g, axis=-1, keepdims=True)


class Readings:
    """What a block measures at each length, as arrays (lengths, R, B). Slopes are those of tanh times the factor radius / spectral radius of W₀."""

    def __init__(self, *shape):
        self.ln_spectral, self.ln_frobenius, self.ln_gradient, self.omega = (np.empty(shape) for _ in range(4))
        self.slopes, self.log_slopes, self.log_largest_slopes = (np.empty(shape) for _ in range(3))  # sums over steps


def rows(replicates, networks, radii, lengths, readings):
    """The rows of the table: columns are computed as arrays, and become lists at the end."""
    n, ln10 = networks.w0.shape[-1], np.log(10)
    steps = np.array(lengths, dtype=float)[:, None, None]
    factor = radii[:, None] / networks.radius
    ln_norm = np.log(networks.norm * factor)
    ln_determinant = steps * networks.log_determinant + readings.log_slopes
    decades = readings.ln_spectral / ln10
    columns = [
        radii[:, None], np.array(lengths)[:, None, None], np.array(replicates), decades, readings.ln_frobenius / ln10, readings.ln_gradient / ln10,
        ln_determinant / ln10, readings.ln_spectral / steps, ln_determinant / (n * steps), steps * ln_norm / ln10,
        (steps * np.log(networks.norm) + readings.log_largest_slopes) / ln10, readings.slopes / (n * steps) / factor,
        readings.log_slopes / (n * steps) - np.log(factor), readings.omega, networks.norm * factor,
        np.where(decades < -THRESHOLD, "vanishing", np.where(decades > THRESHOLD, "exploding", "stable")), "ok"]
    return list(zip(*(np.broadcast_to(column, decades.shape).ravel().tolist() for column in columns)))


def block_of(job):
    measure, seed, replicates, n, radii, lengths = job
    networks = Networks(seed, replicates, n)
    with np.errstate(divide="ignore"):  # ln 0 = −∞ of a slope that rounds to 0
        return rows(replicates, networks, radii, lengths, measure(networks, radii, lengths))


def run(f, measure, block_bytes):
    """Runs measure(networks, radii, lengths) → Readings on all blocks in f.jobs processes, and writes the table."""
    n = f.hidden_size
    most = -(-f.replicates // f.jobs)  # no process is left without a block
    count = f.block or max(1, min(most, block_bytes // (8 * len(f.radii) * n * n)))
    blocks = [range(first, min(first + count, f.replicates)) for first in range(0, f.replicates, count)]
    jobs = [(measure, f.seed, block, n, f.radii, f.lengths) for block in blocks]
    with multiprocessing.Pool(f.jobs) as pool:
        table = [row for part in pool.imap_unordered(block_of, jobs) for row in part]

    with open(f.output, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(sorted(table, key=lambda row: row[:3]))
