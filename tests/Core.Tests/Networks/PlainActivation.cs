using MathNet.Numerics;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Tests.Networks;

/// <summary>Textbook formulas of φ and φ', accurate unless the slope is close to underflow.</summary>
internal static class PlainActivation
{
    public static double Value(ActivationKind kind, double x) => kind switch
    {
        ActivationKind.Linear => x,
        ActivationKind.Tanh => Math.Tanh(x),
        ActivationKind.Sigmoid => 1 / (1 + Math.Exp(-x)),
        ActivationKind.Relu => x > 0 ? x : 0,
        ActivationKind.Hardtanh => x < -1 ? -1 : x > 1 ? 1 : x,
        ActivationKind.Softplus => x > 40 ? x : Math.Log(1 + Math.Exp(x)),
        ActivationKind.Erf => SpecialFunctions.Erf(x),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static double Slope(ActivationKind kind, double x) => kind switch
    {
        ActivationKind.Linear => 1,
        ActivationKind.Tanh => 1 / (Math.Cosh(x) * Math.Cosh(x)),
        ActivationKind.Sigmoid => 1 / (2 + Math.Exp(x) + Math.Exp(-x)),
        ActivationKind.Relu => x > 0 ? 1 : 0,
        ActivationKind.Hardtanh => x > -1 && x < 1 ? 1 : 0,
        ActivationKind.Softplus => 1 / (1 + Math.Exp(-x)),
        ActivationKind.Erf => 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static double MaximumSlope(ActivationKind kind) => kind switch
    {
        ActivationKind.Sigmoid => 0.25,
        ActivationKind.Erf => 2 / Math.Sqrt(Math.PI),
        _ => 1,
    };
}
