"""Regenerates one replicate of a sweep in plain numpy, and prints every column that replicates.csv has of it.

    python3 examples/reproduce.py hidden_size=32 spectral_radius=1.1 sequence_length=50 replicate=3
    python3 examples/reproduce.py runs/edge-of-chaos 0

The second form takes the fields from a run's folder and a row of its replicates.csv, counted from 0, and shows the row's numbers beside numpy's.
The fields are those of a sweep file, scalars only, with the same defaults; replicates count from 0. With statistics=spectrum,lags it
prints, as lists, the singular values that one SVD of a double precision product can tell, and the norms over all lags; with
statistics=norms,leading the leading exponents and their standard errors, by a QR decomposition of every step; with
statistics=norms,gradient the gradients with respect to parameters, with their terms over all lags; and with
statistics=norms,activity the numbers of the states. Left out are
matrices from files and states that overflow. Needs numpy and scipy. A chaotic network amplifies rounding, so over long sequences its
numbers agree with those of another program in their statistics alone.
"""
import csv
import itertools
import os
import sys

import numpy as np
from scipy.special import erf, expit, log_expit, ndtri

DEFAULTS = dict(
    hidden_size=64, network="rnn", activation="tanh", state="pre-activation", leak=1.0, weights="gaussian", scaling="exact", density=0.1, stability=1.5, rank=1, low_rank_strength=1.0,
    spectral_radius=1.0, gate_spectral_radius=np.nan, diffusion=0.0, sequence_length=100, input_scale=0.0, input_size=0, bias=0.0, forget_bias=0.0,
    input_bias=0.0, output_bias=0.0, update_bias=0.0, reset_bias=0.0, bias_scale=0.0, initial_state=0.0, initial_scale=1.0, transient=0, frame_transient=0, seed=1, threshold=3.0, jacobian="exact", statistics="norms", leading=8, loss="last",
    replicate=0)  # input_size 0: as the hidden size; gate_spectral_radius nan: as the spectral radius

RECURRENT, INPUT_WEIGHTS, BIAS, INITIAL_STATE, INPUT, LOSS_GRADIENT, MASK, LOW_RANK = range(8)  # the role of a random stream

# φ, ln φ' (good in saturation, −inf where φ' is 0) and γ = sup φ'
ACTIVATIONS = {
    "linear": (lambda x: x, lambda x: 0 * x, 1),
    "tanh": (np.tanh, lambda x: 2 * (np.log(2) - np.abs(x) - np.log1p(np.exp(-2 * np.abs(x)))), 1),
    "sigmoid": (expit, lambda x: log_expit(x) + log_expit(-x), 1 / 4),
    "relu": (lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 0, -np.inf), 1),
    "hardtanh": (lambda x: np.clip(x, -1, 1), lambda x: np.where(np.abs(x) < 1, 0, -np.inf), 1),
    "softplus": (lambda x: np.logaddexp(0, x), log_expit, 1),
    "erf": (erf, lambda x: np.log(2 / np.sqrt(np.pi)) - x * x, 2 / np.sqrt(np.pi)),
}


def uniforms(f, role, *shape):
    key = np.array([f["seed"], 16 * f["replicate"] + role], dtype=np.uint64)
    raw = np.random.Philox(key=key).random_raw(int(np.prod(shape)))
    return np.minimum(((raw >> np.uint64(11)) + 0.5) * 2.0**-53, 1 - 2.0**-53).reshape(shape)


def normals(f, role, *shape):
    return ndtri(uniforms(f, role, *shape))


def recurrent_weights(f, block=0, radius=None):
    n, density, alpha = f["hidden_size"], f["density"], f["stability"]
    z = normals(f, RECURRENT, block + 1, n, n)[block]  # blocks follow each other in one stream
    if f["weights"] in ("gaussian", "low-rank"):
        w = z / np.sqrt(n)
    elif f["weights"] == "uniform":
        w = (2 * uniforms(f, RECURRENT, block + 1, n, n)[block] - 1) * np.sqrt(3 / n)
    elif f["weights"] == "orthogonal":
        q, r = np.linalg.qr(z)
        w = q * np.sign(np.diag(r))
    elif f["weights"] == "identity":
        w = np.eye(n)
    elif f["weights"] == "symmetric":
        w = (z + z.T) / np.sqrt(2 * n)
    elif f["weights"] == "antisymmetric":
        w = (z - z.T) / np.sqrt(2 * n)
    elif f["weights"] == "sparse":
        w = np.where(uniforms(f, MASK, block + 1, n, n)[block] < density, z / np.sqrt(n * density), 0)
    elif f["weights"] == "levy":
        u, v = uniforms(f, RECURRENT, block + 1, 2, n, n)[block]
        angle, exponential = np.pi * (u - 0.5), -np.log(v)
        w = np.sin(alpha * angle) / np.cos(angle) ** (1 / alpha) * (np.cos((1 - alpha) * angle) / exponential) ** ((1 - alpha) / alpha) / n ** (1 / alpha)
    else:
        raise SystemExit(f"weights {f['weights']!r} cannot be drawn")
    drawn = np.abs(np.linalg.eigvals(w)).max() if f["scaling"] == "exact" else 1
    m = normals(f, LOW_RANK, f["rank"] if f["weights"] == "low-rank" else 0, n)
    return w * ((f["spectral_radius"] if radius is None else radius) / drawn) + f["low_rank_strength"] / n * m.T @ m - f["diffusion"] * np.eye(n)


def gated(f):
    """
    The Jacobians of a gated network, over (h, c) for an LSTM, from the derivatives of its equations; the uses of its parameters (see gradient); and the norm of
    its candidate's weights.
    """
    n, m, kind = f["hidden_size"], f["input_size"] or f["hidden_size"], f["network"]
    gates = f["spectral_radius"] if np.isnan(f["gate_spectral_radius"]) else f["gate_spectral_radius"]
    if kind not in ("gru", "lstm", "minimal"):
        raise SystemExit(f"network {kind!r} cannot be drawn")
    names = dict(gru=("bias", "reset_bias", "update_bias"), lstm=("bias", "input_bias", "forget_bias", "output_bias"), minimal=("bias", "update_bias"))[kind]
    count = 1 if kind == "minimal" else len(names)  # the candidate's block, then the gates' in PyTorch's order
    w = [recurrent_weights(f, k, gates if k else None) for k in range(count)]
    z = normals(f, INPUT_WEIGHTS, count * n * m + n * n) * f["input_scale"]
    w_in = [z[k * n * m:(k + 1) * n * m].reshape(n, m) / np.sqrt(m) for k in range(count)]
    v = z[n * m:n * m + n * n].reshape(n, n) / np.sqrt(n)  # of a minimalRNN's gate
    drawn = normals(f, BIAS, len(names), n)
    b = [f[name] + f["bias_scale"] * drawn[k] for k, name in enumerate(names)]
    size, transient = (2 * n if kind == "lstm" else n), f["transient"] + f["frame_transient"]
    state = f["initial_state"] + f["initial_scale"] * normals(f, INITIAL_STATE, size)
    d, jacobians, uses, states = np.diag, [], [], []
    for x in normals(f, INPUT, transient + f["sequence_length"], m):
        h = state[:n]
        if kind == "lstm":
            a = [w[k] @ h + w_in[k] @ x + b[k] for k in range(4)]
            g, i, fo, o, c = np.tanh(a[0]), expit(a[1]), expit(a[2]), expit(a[3]), state[n:]
            cell = fo * c + i * g
            t = np.tanh(cell)
            dc = d(c * fo * (1 - fo)) @ w[2] + d(g * i * (1 - i)) @ w[1] + d(i * (1 - g * g)) @ w[0]
            s = d(o * (1 - t * t))
            jacobian = np.block([[d(t * o * (1 - o)) @ w[3] + s @ dc, s @ d(fo)], [dc, d(fo)]])
            rows = [np.vstack([s @ d(r), d(r)]) for r in (i * (1 - g * g), g * i * (1 - i), c * fo * (1 - fo))] + [np.vstack([d(t * o * (1 - o)), 0 * s])]
            uses.append(uses_of(("candidate", "input_gate", "forget_gate", "output_gate"), rows, h, rows, [x] * 4))
            state = np.concatenate([o * t, cell])
        elif kind == "gru":
            r, z, q = expit(w[1] @ h + w_in[1] @ x + b[1]), expit(w[2] @ h + w_in[2] @ x + b[2]), w[0] @ h
            g = np.tanh(w_in[0] @ x + b[0] + r * q)
            jacobian = d(z) + d((h - g) * z * (1 - z)) @ w[2] + d((1 - z) * (1 - g * g)) @ (d(r) @ w[0] + d(q * r * (1 - r)) @ w[1])
            open_slope = (1 - z) * (1 - g * g)
            drive = [d(open_slope), d(open_slope * q * r * (1 - r)), d((h - g) * z * (1 - z))]
            uses.append(uses_of(("candidate", "reset_gate", "update_gate"), [d(open_slope * r)] + drive[1:], h, drive, [x] * 3))
            state = (1 - z) * g + z * h
        else:
            g = np.tanh(w_in[0] @ x + b[0])
            u = expit(w[0] @ h + v @ g + b[1])
            jacobian = d(u) + d((h - g) * u * (1 - u)) @ w[0]
            gate = d((h - g) * u * (1 - u))
            uses.append(uses_of(("update_gate", "candidate"), [gate], h, [gate, (d(1 - u) + gate @ v) @ d(1 - g * g)], [g, x]))
            state = u * h + (1 - u) * g
        jacobians.append(jacobian)
        states.append(state)
    return jacobians, uses, np.linalg.norm(w[0], 2), states[transient:]


def uses_of(names, rows, h, drive_rows, inputs):
    """The uses of a step's parameters, by name and gate: the derivative D of the new state with respect to Θ f, and f."""
    return (
        {("weights", name): (a, h) for name, a in zip(names, rows)}
        | {("input_weights", name): (a, x) for name, a, x in zip(names, drive_rows, inputs)}
        | {("bias", name): (a, np.ones(1)) for name, a in zip(names, drive_rows)})


def gradient(f, jacobians, uses, g):
    """
    The gradients of L = gᵀx_T, or of the sum of gᵀx_t over every step: ∂L/∂Θ = Σ_t (Dᵀ δ_t) fᵀ for each Θ that a step uses as Θ f, δ_t = ∂L/∂x_t. δ has the
    length 1 and a logarithm of its own, and so have the terms.
    """
    delta, log_scale, logs, terms = 0 * g, 0.0, [], []
    for j, step in zip(reversed(jacobians), reversed(uses)):
        delta = delta + g * np.exp(-log_scale) if f["loss"] == "every" or not logs else delta
        logs.append(log_scale)
        terms.append({key: np.outer(a.T @ delta, x) for key, (a, x) in step.items()})
        delta = j.T @ delta
        norm = np.linalg.norm(delta) or 1.0
        delta, log_scale = delta / norm, log_scale + np.log(norm)
    logs = np.array(logs)

    def log10_norm(lags, chosen):
        squares, scales = 0.0, np.exp(logs[:lags] - logs[:lags].max())
        for key in filter(chosen, terms[0]):
            squares += np.sum(np.tensordot(scales, [term[key] for term in terms[:lags]], 1) ** 2)
        return (np.log(squares) / 2 + logs[:lags].max()) / np.log(10)

    has_input, steps = f["input_scale"] != 0, len(terms)
    result = {}
    for kind in "weights", "input_weights", "bias":
        known = kind != "input_weights" or has_input
        result[f"log10_{kind}_gradient"] = log10_norm(steps, lambda key: key[0] == kind) if known else np.nan
        for gate in [gate for name, gate in terms[0] if name == kind and gate]:
            result[f"log10_{gate}_{kind}_gradient"] = log10_norm(steps, lambda key: key == (kind, gate)) if known else np.nan
    norms = logs / np.log(10) + [np.log10(np.sqrt(sum(np.sum(m * m) for key, m in term.items() if key[0] == "weights"))) for term in terms]
    shares = 10 ** (norms - norms.max())
    return result | dict(
        gradient_mean_lag=(shares * np.arange(1, steps + 1)).sum() / shares.sum(),
        lags_log10_weights_gradient_term=norms,
        lags_log10_weights_gradient_partial_sum=[log10_norm(lag, lambda key: key[0] == "weights") for lag in range(1, steps + 1)])


def stride(t):
    return 2 ** max(0, int(t).bit_length() - 7)  # ln ‖P_t‖ is sampled at its multiples: 64 in an octave


def growth(log_norms):
    """Slope, its standard error within the trajectory, and whether it has converged, from ln ‖P_t‖ of t = 1 to T."""
    steps = len(log_norms)
    y = dict(enumerate(log_norms, 1))
    t = np.array([t for t in range((steps + 1) // 2, steps + 1) if t % stride(t) == 0])
    if steps < 8 or not np.all(np.isfinite([y[i] for i in t])):
        return np.nan, np.nan, ""
    slope = np.polynomial.Polynomial.fit(t, [y[i] for i in t], 1).convert().coef[1]
    step = stride(steps)
    last, intervals = t[-1], (t[-1] - (steps + 1) // 2) // step
    batches = min(16, intervals // 2 * 2)
    ends = last - np.arange(batches, -1, -1) * (intervals // batches * step)
    rates = np.diff([y[i] for i in ends]) / np.diff(ends)
    halves = rates.reshape(2, -1)
    difference, error = abs(np.subtract(*halves.mean(axis=1))), np.sqrt((halves.var(axis=1, ddof=1) / (batches // 2)).sum())
    return slope, rates.std(ddof=1) / np.sqrt(batches), "true" if difference <= max(1e-6, 3 * error) else "false"


def singular_values(product, log_scale):
    s = np.linalg.svd(product, compute_uv=False)
    return (np.log(np.where(s > 1e-9 * s[0], s, np.nan)) + log_scale) / np.log(10)  # rounding hides the others


def lags(jacobians, gradient, threshold):
    """log10 of the norms of ∂x_T/∂x_{T−k} for k = 1 to T, and the lags at which the gradient passes the threshold."""
    product, log_scale, spectral, frobenius, gradients = np.eye(len(gradient)), 0.0, [], [], []
    for j in reversed(jacobians):
        product = product @ j
        scale = np.abs(product).max() or 1.0
        product, log_scale = product / scale, log_scale + np.log(scale)
        for norms, norm in (spectral, np.linalg.norm(product, 2)), (frobenius, np.linalg.norm(product)), (gradients, np.linalg.norm(product.T @ gradient)):
            norms.append((np.log(norm) + log_scale) / np.log(10))
    first = lambda passed: str(np.argmax(passed) + 1) if np.any(passed) else ""
    return dict(
        lags_log10_spectral_norm=spectral, lags_log10_frobenius_norm=frobenius,
        vanishing_lag=first(np.array(gradients) < -threshold), exploding_lag=first(np.array(gradients) > threshold),
        halving_lag=first(np.array(gradients) < -np.log10(2)))


def leading(settling, jacobians, count):
    """The growth rates of an orthonormal frame (Benettin et al. 1980), and their standard errors within the trajectory."""
    size = len(jacobians[0])
    raw = np.random.Philox(key=np.array([0, 0], dtype=np.uint64)).random_raw(count * size)
    q = np.linalg.qr(ndtri(((raw >> np.uint64(11)) + 0.5) * 2.0**-53).reshape(count, size).T)[0]
    rates = []
    for j in settling + jacobians:
        q, r = np.linalg.qr(j @ q)
        rates.append(np.log(np.abs(np.diag(r))))
    rates = np.array(rates[len(settling):])
    return dict(
        leading_exponents=rates.mean(axis=0),
        leading_within_sems=[growth(np.cumsum(rates[:, i]))[1] for i in range(count)])


def activity(x):
    """Variance, integrated autocorrelation time and participation ratio of the states, a row for each step."""
    steps, size = x.shape
    variance = lambda b: x[:steps // b * b].reshape(-1, b, size).mean(axis=1).var(axis=0, ddof=1).mean()  # of the means of blocks of b states
    time, largest, b = np.nan, 2.0, 1
    while steps // (2 * b) >= 4 and np.isnan(time):
        estimate = (4 * b * variance(2 * b) - b * variance(b)) / variance(1)
        largest = max(largest, estimate)
        time = estimate if b >= 4 * largest else np.nan
        b *= 2
    kept = x[::2 ** max(0, int(np.ceil(np.log2(steps / 256))))]
    c = [np.atleast_2d(np.cov(block.T)) for block in np.split(kept[:len(kept) // 8 * 8], 8)] if len(kept) >= 16 else []
    pairs = [(c[i], c[j]) for i in range(len(c)) for j in range(i + 2, len(c))]
    trace = sum(np.trace(p) * np.trace(q) for p, q in pairs)
    return dict(
        activity_variance=variance(1), autocorrelation_time=time,
        participation_ratio=trace / sum(np.trace(p @ q) for p, q in pairs) if pairs else np.nan)


def plain(f):
    """The Jacobians of a network without gates, with ln φ' of each step, the uses of its parameters (see gradient), and the norm and determinant of W."""
    n, steps, transient = f["hidden_size"], f["sequence_length"], f["transient"] + f["frame_transient"]
    phi, log_slope, _ = ACTIVATIONS[f["activation"]]
    leak = f["leak"]
    pre, m = f["state"] == "pre-activation", f["input_size"] or n
    w = recurrent_weights(f)
    jacobian_weights = w.T if f["jacobian"] == "as-printed" else w
    w_in = normals(f, INPUT_WEIGHTS, n, m) * f["input_scale"] / np.sqrt(m)
    b = f["bias"] + f["bias_scale"] * normals(f, BIAS, n)
    x = f["initial_state"] + f["initial_scale"] * normals(f, INITIAL_STATE, n)
    u = normals(f, INPUT, transient + steps, m)
    log_slopes, jacobians, uses, states = [], [], [], []
    for t in range(transient + steps):
        h = phi(x) if pre else x
        a = w @ h + w_in @ u[t] + b  # W φ(x) + W_in u + b, or W h + W_in u + b
        bend = x if pre else a  # where the slope is taken
        x = (1 - leak) * x + leak * (a if pre else phi(a))
        states.append(x)
        log_slopes.append(log_slope(bend))
        slopes = np.exp(log_slopes[-1])
        j = jacobian_weights * slopes if pre else slopes[:, None] * w  # W diag(φ'), or diag(φ') W
        jacobians.append((1 - leak) * np.eye(n) + leak * j)
        rows = [leak * (np.eye(n) if pre else np.diag(slopes))]
        uses.append(uses_of([""], rows, h, rows, [u[t]]))
    return jacobians, uses, np.array(log_slopes[transient:]), np.linalg.norm(w, 2), np.linalg.slogdet(w)[1], states[transient:]


def columns(f):
    """All columns of one replicate, by name."""
    steps, leak, gamma, is_gated = f["sequence_length"], f["leak"], ACTIVATIONS[f["activation"]][2], f["network"] != "rnn"
    if is_gated:
        (jacobians, uses, norm, states), log_slopes = gated(f), np.full((steps, 1), np.nan)
    else:
        jacobians, uses, log_slopes, norm, ln_determinant_w, states = plain(f)
    transient = f["transient"] + f["frame_transient"]
    settling, jacobians = jacobians[:transient], jacobians[transient:]  # those before x_0 only turn the frame of the leading exponents
    n = len(jacobians[0])
    g = normals(f, LOSS_GRADIENT, n)
    g /= np.linalg.norm(g)

    product, log_scale, log_norms = np.eye(n), 0.0, []  # P_T = product · e^log_scale
    for j, log_slope_t in zip(jacobians, log_slopes):
        # Growth is that of the product as it stands behind the slopes: without its last W where J_t is W diag(φ').
        is_behind = f["state"] == "pre-activation" and leak == 1 and not is_gated
        behind = np.exp(log_slope_t)[:, None] * product if is_behind else j @ product
        log_norms.append(np.log(np.linalg.norm(behind)) + log_scale)
        product = j @ product
        scale = np.abs(product).max() or 1.0  # a product of 0 stays 0
        product, log_scale = product / scale, log_scale + np.log(scale)

    excess, backward, status, status_step = [], g, "ok", None
    for t in range(steps, 0, -1):
        if not backward.any():  # some g_t is 0: its ratio of norms, and omega, is undefined
            excess, status, status_step = [np.nan], "zero-gradient", t
            break
        backward = backward / np.linalg.norm(backward)
        carried = jacobians[t - 1].T @ backward
        excess.append(np.linalg.norm(carried) - 1)
        backward = carried

    ln10 = np.log(10)
    ln_spectral = np.log(np.linalg.norm(product, 2)) + log_scale
    if leak != 1 or is_gated:
        ln_determinant = sum(np.linalg.slogdet(j)[1] for j in jacobians)
    else:
        ln_determinant = steps * ln_determinant_w + log_slopes.sum()
    path_bound = steps * np.log(norm) + log_slopes.max(axis=1).sum()
    if leak != 1:
        path_bound = np.log(1 - leak + leak * norm * np.exp(log_slopes.max(axis=1))).sum()
    decades = ln_spectral / ln10
    slope, within_sem, converged = growth(log_norms)
    result = dict(
        log10_spectral_norm=decades,
        log10_frobenius_norm=(np.log(np.linalg.norm(product)) + log_scale) / ln10,
        log10_gradient_norm=(np.log(np.linalg.norm(product.T @ g)) + log_scale) / ln10,
        log10_abs_determinant=ln_determinant / ln10,
        lyapunov_max=ln_spectral / steps,
        lyapunov_mean=ln_determinant / (n * steps),
        lyapunov_max_slope=slope,
        lyapunov_max_within_sem=within_sem,
        converged=converged,
        log10_pascanu_bound=np.nan if is_gated else steps * np.log10(1 - leak + leak * gamma * norm),
        log10_path_bound=path_bound / ln10,
        mean_slope=np.exp(log_slopes).mean(),
        mean_log_slope=log_slopes.mean(),
        omega=np.mean(np.square(excess)),
        weights_spectral_norm=norm,
        outcome="vanishing" if decades < -f["threshold"] else "exploding" if decades > f["threshold"] else "stable",
        status=status,
        status_step="" if status_step is None else str(status_step))
    if "spectrum" in f["statistics"].split(","):
        result.update(log10_singular_value=singular_values(product, log_scale))
    if "lags" in f["statistics"].split(","):
        result.update(lags(jacobians, g, f["threshold"]))
    if "leading" in f["statistics"].split(","):
        result.update(leading(settling, jacobians, min(f["leading"], n)))
    if "gradient" in f["statistics"].split(","):
        result.update(gradient(f, jacobians, uses[transient:], g))
    if "activity" in f["statistics"].split(","):
        result.update(activity(np.array(states)))
    return result


def set_field(fields, name, value):
    fields[name] = type(DEFAULTS[name])(value)


def of_row(folder, number):
    """The fields of a row of replicates.csv, from its coordinates and from sweep.yaml, and the row's columns."""
    path = os.path.join(folder, "replicates.csv")
    with open(path, encoding="utf-8", newline="") as file:
        row = next(itertools.islice(csv.DictReader(file), number, None), None)
    if row is None:
        raise SystemExit(f"{path} has no row {number}")
    names = list(row)
    coordinates = dict(itertools.islice(row.items(), names.index("cell_key")))
    fields = dict(DEFAULTS)
    given = True  # by whoever wrote the sweep; what stands after the comment are defaults
    with open(os.path.join(folder, "sweep.yaml"), encoding="utf-8") as file:
        for line in file:
            given = given and not line.startswith("# Not given")
            name, _, value = line.rstrip("\n").partition(": ")
            if name in coordinates or name.startswith("#") or name in ("name", "description", "replicates", "statistics"):
                continue
            if name in DEFAULTS:
                set_field(fields, name, value)
            elif given:
                raise SystemExit(f"{folder}: reproduce.py knows no {name}")
    for name, value in coordinates.items():
        if name in DEFAULTS:
            set_field(fields, name, value)
        elif name != "replicates":
            raise SystemExit(f"{folder}: reproduce.py knows no {name}")
    set_field(fields, "replicate", row["replicate"])
    return fields, {name: row[name] for name in names[names.index("replicate") + 1:]}


def compare(fields, row):
    """Shows a row beside what numpy makes of its fields."""
    print(", ".join(f"{name}={value}" for name, value in fields.items() if value != DEFAULTS[name]) or "all defaults")
    largest, ours = 0.0, columns(fields)
    print(f"{'':24}{'replicates.csv':>26}{'numpy':>26}")
    for name, text in row.items():
        if name not in ours:
            continue
        value = ours[name]
        if isinstance(value, str):
            same = value == text
            shown = value
        else:
            theirs = float(text) if text else np.nan
            same = theirs == value or np.isnan(theirs) and np.isnan(value)
            largest = max(largest, 0.0 if same else np.nan_to_num(abs(theirs - value) / max(1, abs(theirs)), nan=np.inf))
            shown = "" if np.isnan(value) else repr(float(value)).replace("inf", "Infinity")
        print(f"{name:24}{text:>26}{shown:>26}{'' if same or not isinstance(value, str) else '   differs'}")
    print(f"largest difference {largest:.1e}, relative to a number or to 1; 1e-9 is what rounding explains where the network is not chaotic")


def main(arguments):
    if len(arguments) == 2 and os.path.isdir(arguments[0]) and arguments[1].isdecimal():
        return compare(*of_row(arguments[0], int(arguments[1])))
    fields = dict(DEFAULTS)
    for argument in arguments:
        name, _, value = argument.partition("=")
        if name not in DEFAULTS or not value:
            raise SystemExit(f"{argument!r}: write field=value with one of {', '.join(DEFAULTS)}, or a run's folder and the number of a row")
        set_field(fields, name, value)
    for name, value in columns(fields).items():
        print(f"{name}={value if isinstance(value, str) else ' '.join(repr(float(number)) for number in np.atleast_1d(value))}")


if __name__ == "__main__":
    np.seterr(divide="ignore")
    main(sys.argv[1:])
