"""One replicate in numpy, from its random numbers to its rows: the arithmetic of numpy_joblib.py, in a module that its workers import."""
import numpy as np
from scipy.special import ndtri

RECURRENT, INITIAL_STATE, LOSS_GRADIENT = 0, 3, 5  # the roles of the random streams that are used here
RESCALE_EVERY = 8  # steps; (largest norm)^8 is far within the range of a double
THRESHOLD = 3

COLUMNS = [
    "spectral_radius", "sequence_length", "replicate", "log10_spectral_norm", "log10_frobenius_norm", "log10_gradient_norm", "log10_abs_determinant",
    "lyapunov_max", "lyapunov_mean", "log10_pascanu_bound", "log10_path_bound", "mean_slope", "mean_log_slope", "omega", "weights_spectral_norm",
    "outcome", "status"]


def normals(seed, replicate, role, *shape):
    key = np.array([seed, 16 * replicate + role], dtype=np.uint64)
    raw = np.random.Philox(key=key).random_raw(int(np.prod(shape)))
    return ndtri(((raw >> np.uint64(11)) + 0.5) * 2.0**-53).reshape(shape)


def draw(seed, replicate, n):
    """W₀ with its spectral radius, norm and log determinant: what no radius and no length changes."""
    w = normals(seed, replicate, RECURRENT, n, n) / np.sqrt(n)
    return w, np.abs(np.linalg.eigvals(w)).max(), np.linalg.norm(w, 2), np.linalg.slogdet(w)[1]


def trajectory(seed, replicate, drawn, radius, lengths):
    """The rows of one replicate at ascending lengths, read along one trajectory."""
    w0, unscaled_radius, unscaled_norm, unscaled_log_determinant = drawn
    n, factor = len(w0), radius / unscaled_radius
    w, norm, log_determinant = w0 * factor, unscaled_norm * factor, unscaled_log_determinant + n * np.log(factor)
    x = normals(seed, replicate, INITIAL_STATE, n)
    g = normals(seed, replicate, LOSS_GRADIENT, n)
    g /= np.linalg.norm(g)

    slopes = np.empty((lengths[-1], n))
    product, block, log_scale = np.eye(n), np.empty((n, n)), 0.0
    rows = []
    for t in range(lengths[-1]):
        h = np.tanh(x)
        slope = slopes[t]
        np.subtract(1, h * h, out=slope)
        x = w @ h
        np.multiply(slope[:, None], product, out=block)
        np.dot(w, block, out=product)
        if (t + 1) % RESCALE_EVERY == 0 or t + 1 in lengths:
            scale = np.abs(product).max()
            product /= scale
            log_scale += np.log(scale)
        if t + 1 in lengths:
            rows.append([radius, t + 1, replicate, *read(w, norm, log_determinant, g, slopes[: t + 1], product, log_scale)])
    return rows


def omega(w, g, slopes):
    backward, total = g, 0.0
    for slope in slopes[::-1]:
        carried = slope * (backward @ w)  # diag(φ') Wᵀ g
        ratio = np.linalg.norm(carried)
        total += (ratio - 1) ** 2
        backward = carried / ratio
    return total / len(slopes)


def read(w, norm, log_determinant, g, slopes, product, log_scale):
    steps, n = slopes.shape
    ln10 = np.log(10)
    log_slopes = np.log(slopes)
    ln_spectral = np.log(np.linalg.norm(product, 2)) + log_scale
    ln_determinant = steps * log_determinant + log_slopes.sum()
    decades = ln_spectral / ln10
    return (
        decades,
        (np.log(np.linalg.norm(product)) + log_scale) / ln10,
        (np.log(np.linalg.norm(g @ product)) + log_scale) / ln10,
        ln_determinant / ln10,
        ln_spectral / steps,
        ln_determinant / (n * steps),
        steps * np.log10(norm),
        (steps * np.log(norm) + np.log(slopes.max(axis=1)).sum()) / ln10,
        slopes.mean(),
        log_slopes.mean(),
        omega(w, g, slopes),
        norm,
        "vanishing" if decades < -THRESHOLD else "exploding" if decades > THRESHOLD else "stable",
        "ok")


def cell(seed, drawn, radius, length):
    """The rows of all replicates at one radius and length."""
    return [row for replicate, each in enumerate(drawn) for row in trajectory(seed, replicate, each, radius, [length])]
