#!/usr/bin/env python3
"""The program that RnnSweep is measured against: the same sweep as one writes it with numpy and joblib.

    numpy_joblib.py OUTPUT.csv --hidden-size 64 --radii 0.9,1.1 --lengths 50,200 --replicates 4 [--jobs 2] [--share-lengths]

tanh, pre-activation, gaussian weights, autonomous. It does what RnnSweep does where a careful researcher would: random numbers of their own stream for each
replicate (the same numbers), W₀ drawn and analysed once for all cells, a product that is scaled in place with its logarithm kept, the determinant from slopes
and slogdet, omega from kept slopes. A job is a cell; with --share-lengths it is a radius and a replicate, whose trajectory runs once and is read at all lengths.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes share the cores; threads below them would get in their way

import argparse
import csv

from joblib import Parallel, delayed

from numpy_trajectory import COLUMNS, cell, draw, trajectory


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--hidden-size", type=int, required=True)
    parser.add_argument("--radii", type=lambda text: [float(value) for value in text.split(",")], required=True)
    parser.add_argument("--lengths", type=lambda text: sorted(int(value) for value in text.split(",")), required=True)
    parser.add_argument("--replicates", type=int, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share-lengths", action="store_true")
    f = parser.parse_args()

    with Parallel(n_jobs=f.jobs) as parallel:  # loky; the workers stay for both passes
        drawn = parallel(delayed(draw)(f.seed, replicate, f.hidden_size) for replicate in range(f.replicates))
        if f.share_lengths:
            jobs = [delayed(trajectory)(f.seed, i, each, radius, f.lengths) for radius in f.radii for i, each in enumerate(drawn)]
        else:  # the longest first, so that none of them is left over at the end
            jobs = [delayed(cell)(f.seed, drawn, radius, length) for length in reversed(f.lengths) for radius in f.radii]
        rows = [row for job in parallel(jobs) for row in job]

    with open(f.output, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(sorted(rows, key=lambda row: row[:3]))


if __name__ == "__main__":
    main()
