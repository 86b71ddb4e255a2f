#!/usr/bin/env python3
"""The k leading Lyapunov exponents of tanh networks by torch's automatic differentiation in forward mode: vmap over the tangents of one jvp a step, then QR.

    torch_leading.py OUTPUT.csv --hidden-size 1000 --leading 100 --radii 0.9,1.5 --length 100 --replicates 2 [--jobs 2] [--every 1]

The Jacobian is not written down: this is what one does for a network whose derivative one does not want to derive. Networks are drawn by numpy. torch.func is
functorch before torch 2.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processes share the cores
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

try:
    from torch.func import jvp, vmap
except ImportError:
    from functorch import jvp, vmap

from leading import draw, run


def exponents(network, radius, length, every):
    """λ_1 … λ_k, nats per step."""
    torch.set_num_threads(1)
    w0, x, frame = (torch.from_numpy(array) for array in draw(*network))
    w, tangents = w0 * radius, frame.T.contiguous()

    def step(state):
        return torch.tanh(state) @ w.T

    total = torch.zeros(len(tangents), dtype=torch.float64)
    for t in range(1, length + 1):
        tangents = vmap(lambda v: jvp(step, (x,), (v,))[1])(tangents)
        x = step(x)
        if t % every == 0 or t == length:
            q, r = torch.linalg.qr(tangents.T)
            total += r.diagonal().abs().log()
            tangents = q.T.contiguous()
    return (total / length).numpy()


if __name__ == "__main__":
    run(__doc__, exponents)
