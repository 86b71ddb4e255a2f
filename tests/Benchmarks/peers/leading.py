"""What numpy_leading.py and torch_leading.py share: the command line, the drawn networks and frames, the two processes and the table."""
import argparse
import csv
import multiprocessing

import numpy as np
from scipy.special import ndtri

from numpy_trajectory import INITIAL_STATE, RECURRENT, normals


def draw(seed, replicate, n, k):
    """W₀ (N, N) of radius 1 in expectation, x₀ (N), and the first frame (N, k): normals of the stream with key (0, 0), column after column, orthonormalised."""
    raw = np.random.Philox(key=np.zeros(2, dtype=np.uint64)).random_raw(n * k)
    columns = ndtri(((raw >> np.uint64(11)) + 0.5) * 2.0**-53).reshape(k, n).T
    return normals(seed, replicate, RECURRENT, n, n) / np.sqrt(n), normals(seed, replicate, INITIAL_STATE, n), np.linalg.qr(columns)[0]


def trajectory(job):
    exponents, network, radius, length, every = job
    return [[radius, network[1], index, value] for index, value in enumerate(exponents(network, radius, length, every).tolist(), start=1)]


def run(description, exponents):
    """Runs exponents(network, radius, length, every) on all trajectories in as many processes as jobs, and writes the table."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("output")
    parser.add_argument("--hidden-size", type=int, required=True)
    parser.add_argument("--leading", type=int, required=True)
    parser.add_argument("--radii", type=lambda text: [float(value) for value in text.split(",")], required=True)
    parser.add_argument("--length", type=int, required=True)
    parser.add_argument("--replicates", type=int, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="steps between two factorisations")
    parser.add_argument("--seed", type=int, default=1)
    f = parser.parse_args()
    jobs = [
        (exponents, (f.seed, replicate, f.hidden_size, f.leading), radius, f.length, f.every)
        for radius in f.radii for replicate in range(f.replicates)]
    with multiprocessing.Pool(f.jobs) as pool:
        table = [row for rows in pool.imap(trajectory, jobs, chunksize=1) for row in rows]
    with open(f.output, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["spectral_radius", "replicate", "index", "lyapunov"])
        writer.writerows(table)
