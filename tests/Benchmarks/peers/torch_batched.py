#!/usr/bin/env python3
"""numpy_batched.py in torch: the same algorithm on the same arrays in float64, with torch.bmm for the products.

    torch_batched.py OUTPUT.csv --hidden-size 16 --radii 0.9,1.1 --lengths 50,200 --replicates 64 [--jobs 2] [--block 32]

Networks are drawn, and their W₀ analysed, by numpy. torch has one thread in each process.
"""
import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the processes share the cores
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from batches import Readings, arguments, run
from numpy_trajectory import RESCALE_EVERY

BLOCK_BYTES = 512 << 10  # of the products of a block


def forward(w0, x0, factor, lengths, readings):
    """Runs the trajectories, reads the products, and returns the slopes (T, B, N, R)."""
    b, n, r = factor.shape
    # The states are the last columns, since torch's bmm calls BLAS for each matrix, at a cost that the few columns of the states do not repay.
    right, left = torch.empty((2, b, n, r * n + r), dtype=torch.float64)
    (product, state), (scaled, activation) = ((m[..., : r * n].unflatten(-1, (r, n)), m[..., r * n :]) for m in (left, right))
    product[:] = torch.eye(n, dtype=torch.float64)[:, None, :]
    state[:] = x0[..., None]

    slopes = torch.empty((lengths[-1], b, n, r), dtype=torch.float64)
    log_scale = torch.zeros((b, r), dtype=torch.float64)
    sums = torch.zeros((3, b, r), dtype=torch.float64)
    scale, last = None, 0
    for t in range(lengths[-1]):
        h, slope = torch.tanh(state), slopes[t]
        torch.mul(h, h, out=slope)
        slope.neg_().add_(1).mul_(factor)
        torch.mul(h, factor, out=activation)
        torch.mul(product, (slope if scale is None else slope / scale)[..., None], out=scaled)
        torch.bmm(w0, right, out=left)
        scale = None
        if (t + 1) % RESCALE_EVERY == 0 or t + 1 in lengths:
            # The next step divides by the scale when it applies its slopes.
            scale = product.abs().amax(dim=1).amax(dim=-1)
            chunk = slopes[last : t + 1]  # at most eight slopes ≥ 1e-16, whose product has a logarithm
            sums[0] += chunk.sum(dim=0).sum(dim=1)
            sums[1] += chunk.prod(dim=0).log_().sum(dim=1)
            sums[2] += chunk.amax(dim=2).prod(dim=0).log_()
            last = t + 1
            log_scale += scale.log()
            scale = scale[:, None, :]
            if t + 1 in lengths:
                k = lengths.index(t + 1)
                matrices = (product / scale[..., None]).transpose(1, 2).contiguous()  # (B, R, N, N)
                readings.ln_spectral[k] = (log_norm(matrices) + log_scale).T
                readings.ln_frobenius[k] = (matrices.square().sum(dim=(2, 3)).log() / 2 + log_scale).T
                readings.slopes[k], readings.log_slopes[k], readings.log_largest_slopes[k] = sums.transpose(1, 2)
    return slopes


def log_norm(matrices):
    """ln of the spectral norms, from the largest eigenvalue of PᵀP like in numpy_batched.py."""
    return torch.linalg.eigvalsh(matrices.transpose(-2, -1) @ matrices)[..., -1].log() / 2


def backward(w0, g, slopes, lengths, readings):
    """Carries g back from each length, all lengths at once: omega, and the logarithm of the gradient's norm."""
    transposed = w0.transpose(1, 2).contiguous()
    steps, b, n, r = slopes.shape
    g = g[:, :, None, None].expand(b, n, 1, r)
    vectors, squares = torch.empty((b, n, 0, r), dtype=torch.float64), torch.empty((b, 0, r), dtype=torch.float64)  # the longest length first
    omega, log_norms = torch.zeros((2, b, len(lengths), r), dtype=torch.float64)
    for t in range(steps - 1, -1, -1):
        if t + 1 in lengths:
            vectors = torch.cat([vectors, g], dim=2)
            squares = torch.cat([squares, torch.ones((b, 1, r), dtype=torch.float64)], dim=1)
            carried = torch.empty_like(vectors)
            active = slice(0, vectors.shape[2])
        torch.bmm(transposed, vectors.view(b, n, -1), out=carried.view(b, n, -1))
        torch.mul(carried, slopes[t][:, :, None, :], out=vectors)
        before, squares = squares, vectors.square().sum(dim=1)
        omega[:, active] += (squares / before).sqrt_().sub_(1).square_()
        if t % RESCALE_EVERY == 0:
            norms = squares.sqrt()
            vectors /= norms[:, None]
            log_norms[:, active] += norms.log()
            squares = torch.ones_like(squares)
    readings.ln_gradient[:] = log_norms.permute(1, 2, 0).flip(0)
    readings.omega[:] = omega.permute(1, 2, 0).flip(0) / torch.tensor(lengths)[:, None, None]


@torch.inference_mode()
def measure(networks, radii, lengths):
    torch.set_num_threads(1)
    readings = Readings(len(lengths), len(radii), len(networks.x0))
    w0, x0, g, radius = (torch.from_numpy(array) for array in (networks.w0, networks.x0, networks.g, networks.radius))
    factor = (torch.from_numpy(radii) / radius[:, None])[:, None, :].repeat(1, w0.shape[1], 1)
    slopes = forward(w0, x0, factor, lengths, readings)
    backward(w0, g, slopes, lengths, readings)
    return readings


if __name__ == "__main__":
    run(arguments(__doc__), measure, BLOCK_BYTES)
