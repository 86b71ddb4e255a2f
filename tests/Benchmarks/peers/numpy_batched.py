#!/usr/bin/env python3
"""The sweep of numpy_joblib.py with all replicates of a block and all radii in one array: a few calls of numpy a step in place of a few for each trajectory.

    numpy_batched.py OUTPUT.csv --hidden-size 16 --radii 0.9,1.1 --lengths 50,200 --replicates 64 [--jobs 2] [--block 32]

A trajectory runs once and is read at all lengths. Blocks go to processes with one BLAS thread each. The radii of a replicate share W₀, so that one call of
dgemm multiplies the products of all its radii and its states: the factor radius / spectral radius of W₀ is in the slopes.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processes share the cores

import numpy as np

from batches import Readings, arguments, run
from numpy_trajectory import RESCALE_EVERY

BLOCK_BYTES = 512 << 10  # of the products of a block


def forward(networks, radii, lengths, readings):
    """Runs the trajectories, reads the products, and returns the slopes (T, B, N, R)."""
    w0 = networks.w0
    b, n = networks.x0.shape
    factor = np.repeat((radii / networks.radius[:, None])[:, None, :], n, axis=1)  # (B, N, R): as large as a state, since numpy broadcasts short rows slowly
    state = np.repeat(networks.x0[..., None], len(radii), axis=-1)
    product = np.zeros((b, n, len(radii), n))
    product[:, np.arange(n), :, np.arange(n)] = 1
    scaled = np.empty_like(product)
    wide_product, wide_scaled = product.reshape(b, n, -1), scaled.reshape(b, n, -1)

    slopes = np.empty((lengths[-1], *factor.shape))
    log_scale = np.zeros((b, len(radii)))
    sums = np.zeros((3, b, len(radii)))
    scale, last = None, 0
    for t in range(lengths[-1]):
        h, slope = np.tanh(state), slopes[t]
        np.multiply(h, h, out=slope)
        np.subtract(1, slope, out=slope)
        slope *= factor
        h *= factor
        np.matmul(w0, h, out=state)
        np.multiply(product, (slope if scale is None else slope / scale)[..., None], out=scaled)
        np.matmul(w0, wide_scaled, out=wide_product)
        scale = None
        if (t + 1) % RESCALE_EVERY == 0 or t + 1 in lengths:
            # The next step divides by the scale when it applies its slopes.
            scale = np.abs(product).max(axis=1).max(axis=-1)
            chunk = slopes[last : t + 1]  # at most eight slopes ≥ 1e-16, whose product has a logarithm
            sums[0] += chunk.sum(axis=0).sum(axis=1)
            sums[1] += np.log(chunk.prod(axis=0)).sum(axis=1)
            sums[2] += np.log(largest(chunk).prod(axis=0))
            last = t + 1
            log_scale += np.log(scale)
            scale = scale[:, None, :]
            if t + 1 in lengths:
                k = lengths.index(t + 1)
                matrices = (product / scale[..., None]).transpose(2, 0, 1, 3)
                readings.ln_spectral[k] = log_norm(matrices) + log_scale.T
                readings.ln_frobenius[k] = np.log(np.einsum("rbij,rbij->rb", matrices, matrices)) / 2 + log_scale.T
                readings.slopes[k], readings.log_slopes[k], readings.log_largest_slopes[k] = sums.transpose(0, 2, 1)
    return slopes


def largest(slopes):
    """The largest slope of each step's units: halves are compared as long rows, which numpy does in a third of the time of max(axis=2)."""
    while slopes.shape[2] > 1:
        half = (slopes.shape[2] + 1) // 2
        slopes = np.maximum(slopes[:, :, :half], slopes[:, :, -half:])
    return slopes[:, :, 0]


def log_norm(matrices):
    """ln of the spectral norms. The largest eigenvalue of PᵀP has the relative error of a rounding, and takes less time than P's singular values."""
    gram = np.matmul(matrices.swapaxes(-2, -1), matrices)
    return np.log(np.linalg.eigvalsh(gram)[..., -1]) / 2


def backward(networks, slopes, lengths, readings):
    """Carries g back from each length, all lengths at once: omega, and the logarithm of the gradient's norm."""
    transposed = np.ascontiguousarray(networks.w0.transpose(0, 2, 1))
    steps, b, n, r = slopes.shape
    g = np.broadcast_to(networks.g[..., None], (1, b, n, r))
    vectors, squares = np.empty((0, b, n, r)), np.empty((0, b, r))  # the longest length first
    omega, log_norms = np.zeros((2, len(lengths), b, r))
    for t in range(steps - 1, -1, -1):
        if t + 1 in lengths:
            vectors = np.concatenate([vectors, g])
            squares = np.concatenate([squares, np.ones((1, b, r))])
            carried = np.empty_like(vectors)
        np.matmul(transposed, vectors, out=carried)
        np.multiply(carried, slopes[t], out=vectors)
        before, squares = squares, np.einsum("kbnr,kbnr->kbr", vectors, vectors)
        ratio = np.sqrt(squares / before)
        ratio -= 1
        ratio *= ratio
        omega[: len(ratio)] += ratio
        if t % RESCALE_EVERY == 0:
            norms = np.sqrt(squares)
            vectors /= norms[:, :, None, :]
            log_norms[: len(norms)] += np.log(norms)
            squares = np.ones_like(squares)
    readings.ln_gradient[:] = log_norms[::-1].swapaxes(-2, -1)
    readings.omega[:] = omega[::-1].swapaxes(-2, -1) / np.array(lengths)[:, None, None]


def measure(networks, radii, lengths):
    readings = Readings(len(lengths), len(radii), len(networks.x0))
    slopes = forward(networks, radii, lengths, readings)
    backward(networks, slopes, lengths, readings)
    return readings


if __name__ == "__main__":
    run(arguments(__doc__), measure, BLOCK_BYTES)
