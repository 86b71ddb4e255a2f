"""Writes spectra.csv beside this file: the singular values of products of Jacobians, in arbitrary precision.

Nothing is clever here. A product is multiplied out entry by entry, with 60 digits more than its singular values spread over; these are found with as
many digits by plain one-sided Jacobi rotations, and where it does not take long also by mpmath's svd, which must agree. Needs numpy (the generator and arrays of decimals) and mpmath:

    python3 tests/Core.Tests/Jacobians/spectra.py
"""
import decimal
import math
import pathlib

import mpmath
import numpy

# name, N, T, slopes first, kind, bits: of slopes and weights, see below.
CASES = [
    ("two units, fresh slopes", 2, 1000, True, "fresh", 20),
    ("three units, fresh slopes", 3, 1000, False, "fresh", 18),
    ("four units, graded slopes", 4, 300, True, "graded", 18),
    ("eight units, fresh slopes", 8, 1000, False, "fresh", 16),
    ("eight units, graded slopes", 8, 100, True, "graded", 16),
    ("twelve units, a turn of fortune", 12, 120, True, "turn", 8),
    ("sixteen units, fresh slopes", 16, 200, True, "fresh", 14),
    ("sixteen units, graded slopes", 16, 60, False, "graded", 14),
    ("twenty-four units, fresh slopes", 24, 200, False, "fresh", 16),
    ("twenty-four units, even slopes", 24, 1000, True, "fresh", 1),
    ("twenty-four units, graded slopes", 24, 40, True, "graded", 16),
    ("twenty-four units, one step", 24, 1, False, "fresh", 16),
    ("eight units, ill-conditioned weights", 8, 300, False, "dense", 14),
    ("twenty-four units, ill-conditioned weights", 24, 100, True, "dense", 10),
    ("six units, beyond double precision", 6, 100, True, "dense", 60),
]


class Uniforms:
    """u = ((raw >> 11) + 1/2) 2^-53, the numbers of the program's generator."""

    def __init__(self, stream):
        self.bits = numpy.random.Philox(key=[7, stream])

    def __call__(self):
        return ((int(self.bits.random_raw()) >> 11) + 0.5) * 2.0**-53


def inputs(n, steps, kind, bits, stream):
    """W and the slopes of each step, as doubles that the test makes anew to the last bit."""
    u = Uniforms(stream)
    factor = math.sqrt(3.0 / n)
    weights = [[(2 * u() - 1) * factor for _ in range(n)] for _ in range(n)]
    if kind == "dense":  # a product of two with a scaling between them: no scaling of rows and columns makes it better
        other = [[(2 * u() - 1) * factor for _ in range(n)] for _ in range(n)]
        weights = [[sum(weights[i][k] * math.ldexp(other[k][j], -(bits * k // (n - 1))) for k in range(n)) for j in range(n)] for i in range(n)]
    slopes = []
    for t in range(steps):
        row = []
        for i in range(n):
            mantissa = 1 - 0.5 * u()
            if kind == "fresh":  # another power of two at every step
                power = int(bits * u())
            elif kind == "dense":
                power = 0
            elif kind == "graded":  # the same at every step, smaller from unit to unit
                power = bits * i // (n - 1)
            else:  # a half of the units leads, and falls behind the other half later on
                power = bits if (i < n // 2) == (t >= steps // 3) else 0
            row.append(math.ldexp(mantissa, -power))
        slopes.append(row)
    return weights, slopes


def exact(matrix):
    return numpy.array([[decimal.Decimal(x) for x in row] for row in matrix], dtype=object)


def product(weights, slopes, first):
    w = exact(weights)
    p = numpy.array([[decimal.Decimal(int(i == j)) for j in range(len(w))] for i in range(len(w))], dtype=object)
    for row in exact(slopes):
        p = w.dot(row[:, None] * p) if first else row[:, None] * w.dot(p)
    return p


def jacobi(p):
    """Hestenes' rotations of the rows until all are orthogonal; their lengths."""
    rows, half = list(p), decimal.Decimal("0.5")
    small = decimal.Decimal(10) ** (-decimal.getcontext().prec // 2)
    turned = True
    while turned:
        turned = False
        for i in range(len(rows)):
            for j in range(i + 1, len(rows)):
                a, b, c = rows[i].dot(rows[i]), rows[j].dot(rows[j]), rows[i].dot(rows[j])
                if a == 0 or b == 0 or abs(c) <= small * (a * b).sqrt():
                    continue
                turned = True
                zeta = half * (b - a) / c
                t = (1 if zeta >= 0 else -1) / (abs(zeta) + (1 + zeta * zeta).sqrt())
                cosine = 1 / (1 + t * t).sqrt()
                rows[i], rows[j] = cosine * (rows[i] - t * rows[j]), cosine * (rows[j] + t * rows[i])
    return sorted((row.dot(row).sqrt() for row in rows), reverse=True)


def by_mpmath(p):
    mpmath.mp.dps = decimal.getcontext().prec
    s = mpmath.svd_r(mpmath.matrix([[mpmath.mpf(str(x)) for x in row] for row in p]), compute_uv=False)
    return [decimal.Decimal(mpmath.nstr(x, 40)) for x in s]


def log10_singular_values(weights, slopes, first):
    digits = 100
    while True:
        decimal.getcontext().prec = digits
        p = product(weights, slopes, first)
        sigma = jacobi(p)
        spread = int((sigma[0] / sigma[-1]).log10()) if sigma[-1] > 0 else digits
        if digits >= spread + 60:
            break
        digits = spread + max(100, digits)
    if len(weights) <= 8 and digits <= 1000:
        assert all(abs(a / b - 1) < decimal.Decimal("1e-20") for a, b in zip(sigma, by_mpmath(p)))
    decimal.getcontext().prec = 60
    return [x.log10() for x in sigma]


def main():
    decimal.getcontext().Emax, decimal.getcontext().Emin = decimal.MAX_EMAX, decimal.MIN_EMIN
    lines = ["name,n,steps,slopes_first,kind,bits,stream,log10_singular_values"]
    for stream, (name, n, steps, first, kind, bits) in enumerate(CASES):
        weights, slopes = inputs(n, steps, kind, bits, stream)
        values = log10_singular_values(weights, slopes, first)
        lines.append(f"{name.replace(',', ';')},{n},{steps},{first},{kind},{bits},{stream},{' '.join(repr(float(x)) for x in values)}")
        print(lines[-1][:150], flush=True)
    (pathlib.Path(__file__).parent / "spectra.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
