#!/usr/bin/env python3
"""The k leading Lyapunov exponents of tanh networks (pre-activation, gaussian weights, no input): the loop with QR that one usually writes.

    numpy_leading.py OUTPUT.csv --hidden-size 1000 --leading 100 --radii 0.9,1.5 --length 100 --replicates 2 [--jobs 2] [--every 1]

W has the given radius in expectation, so no eigenvalues are computed. The state is one more column of the frame. --every is the number of steps between two
factorisations: 1 in most published code; more steps save time as long as the columns stay independent. Trajectories go to processes with one BLAS thread each.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processes share the cores

import numpy as np

from leading import draw, run


def exponents(network, radius, length, every):
    """λ_1 … λ_k, nats per step."""
    w0, x, frame = draw(*network)
    w, n = w0 * radius, len(w0)
    columns = np.empty((n, frame.shape[1] + 1))
    total = np.zeros(frame.shape[1])
    for t in range(1, length + 1):
        h = np.tanh(x)
        columns[:, 0] = h
        np.multiply((1 - h * h)[:, None], frame, out=columns[:, 1:])
        columns = w @ columns
        x, frame = columns[:, 0], columns[:, 1:]
        if t % every == 0 or t == length:
            frame, r = np.linalg.qr(frame)
            total += np.log(np.abs(np.diag(r)))
    return total / length


if __name__ == "__main__":
    run(__doc__, exponents)
