#!/usr/bin/env python3
"""What automatic differentiation takes for the same matrix: torch.autograd.functional.jacobian of x_T with respect to x_0.

    torch_jacobian.py --hidden-size 64 --length 50 [--radius 0.9] [--repeats 5]

One network, x_t = W tanh(x_{t−1}), the numbers of replicate 0, double precision, one thread. Prints a line of JSON: for each way that torch offers,
row by row or all rows at once (vectorize), the seconds of each repeat, and log10 of the spectral norm of what it found.
"""
import argparse
import json
import time

import numpy as np
import torch
from torch.autograd.functional import jacobian

from numpy_trajectory import INITIAL_STATE, draw, normals

parser = argparse.ArgumentParser()
parser.add_argument("--hidden-size", type=int, required=True)
parser.add_argument("--length", type=int, required=True)
parser.add_argument("--radius", type=float, default=0.9)
parser.add_argument("--repeats", type=int, default=5)
f = parser.parse_args()

torch.set_num_threads(1)
w0, unscaled_radius, _, _ = draw(1, 0, f.hidden_size)
w = torch.from_numpy(w0 * (f.radius / unscaled_radius))
x0 = torch.from_numpy(normals(1, 0, INITIAL_STATE, f.hidden_size))


def last_state(x):
    for _ in range(f.length):
        x = w @ torch.tanh(x)
    return x


def seconds(vectorize):
    start = time.perf_counter()
    jacobian(last_state, x0, vectorize=vectorize)
    return time.perf_counter() - start


ways = {"row by row": False, "vectorize": True}
for vectorize in ways.values():
    seconds(vectorize)  # what is made once
times = {name: [] for name in ways}
for _ in range(f.repeats):
    for name, vectorize in ways.items():
        times[name].append(seconds(vectorize))
norm = np.linalg.norm(jacobian(last_state, x0, vectorize=True).numpy(), 2)
print(json.dumps({"seconds": times, "log10_spectral_norm": float(np.log10(norm))}))
