using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.ElementaryFunctions;

namespace RnnSweep.Core.Tests.Networks;

/// <summary>The smooth activations in 256 bits, in other formulas than the program's if there are any.</summary>
internal static class ExactActivation
{
    public static BigReal Value(ActivationKind kind, double x) => kind switch
    {
        ActivationKind.Tanh => -Odd(x, BigReal.ExpMinusOne(-2 * Math.Abs(x))) / (1 + BigReal.Exp(-2 * Math.Abs(x))),
        ActivationKind.Sigmoid => x >= 0 ? 1 / (1 + BigReal.Exp(-x)) : BigReal.Exp(x) / (1 + BigReal.Exp(x)),
        ActivationKind.Softplus => Math.Max(0, x) + BigReal.LogOnePlus(BigReal.Exp(-Math.Abs(x))),
        ActivationKind.Erf => Math.Abs(x) < 7 ? BigReal.Erf(x) : Math.Sign(x), // erfc 7 is 4e-23
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static BigReal Slope(ActivationKind kind, double x)
    {
        BigReal e = BigReal.Exp(-Math.Abs(x));
        return kind switch
        {
            ActivationKind.Tanh => 4 * e * e / ((1 + (e * e)) * (1 + (e * e))),
            ActivationKind.Sigmoid => e / ((1 + e) * (1 + e)),
            ActivationKind.Softplus => Value(ActivationKind.Sigmoid, x),
            ActivationKind.Erf => BigReal.TwoOverRootPi / Gaussian(x),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    public static BigReal LogSlope(ActivationKind kind, double x)
    {
        double a = Math.Abs(x);
        BigReal ofOnePlus = BigReal.LogOnePlus(BigReal.Exp(-a));
        switch (kind)
        {
            case ActivationKind.Tanh when a < 0.5:
                // −ln cosh² = −ln(1 + sinh²), and 2 sinh a = e^−a (e^2a − 1).
                BigReal sinh = BigReal.Exp(-a) * BigReal.ExpMinusOne(2 * a) / 2;
                return -BigReal.LogOnePlus(sinh * sinh);
            case ActivationKind.Tanh:
                return (2 * (BigReal.Ln2 - a)) - (2 * BigReal.LogOnePlus(BigReal.Exp(-2 * a)));
            case ActivationKind.Sigmoid:
                return -(BigReal)a - (2 * ofOnePlus);
            case ActivationKind.Softplus:
                return Math.Min(0, x) - ofOnePlus;
            default:
                return -(BigReal.LogOnePlus((BigReal.Pi / 4) - 1) / 2) - ((BigReal)x * x); // ln 2/√π = −½ ln π/4
        }
    }

    private static BigReal Odd(double x, BigReal magnitude) => x < 0 ? -magnitude : magnitude;

    // e^x² with exact x²: x = w + r with w² a double, and the rounding errors of 2wr and r² as separate factors.
    private static BigReal Gaussian(double x)
    {
        double whole = Math.Round(x * 1024) / 1024, rest = x - whole;
        double cross = 2 * whole * rest, lost = Math.FusedMultiplyAdd(2 * whole, rest, -cross);
        double square = rest * rest, squareLost = Math.FusedMultiplyAdd(rest, rest, -square);
        return BigReal.Exp(whole * whole) * BigReal.Exp(cross) * BigReal.Exp(lost) * BigReal.Exp(square) * BigReal.Exp(squareLost);
    }
}
