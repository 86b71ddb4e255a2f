using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians;

/// <summary>The norms of one loss gradient on its way back from a step to the start.</summary>
/// <param name="step">The step that it starts from.</param>
/// <param name="norm">Its norm there.</param>
/// <param name="log10Norms">Receives log10 of its norm after k steps at k − 1; empty where that is not asked for.</param>
internal struct GradientBack(int step, double norm, double[] log10Norms)
{
    // A gradient whose norm is between these is not rescaled: after another Jacobian it is still far within the range of a double.
    private const double LowerNorm = 1.0 / (1L << 32), UpperNorm = 1L << 32;

    private double _sum, _norm = norm, _exponent;
    private int? _zeroStep;

    /// <summary>Whether the gradient is 0, so that no further step changes it.</summary>
    public readonly bool IsZero => _zeroStep is not null;

    /// <summary>Rescales the gradient before step t is applied, only where its norm has left the band, by a power of two, which is exact; notes where it is 0.</summary>
    public void Prepare(int t, Span<double> gradient)
    {
        if (_norm == 0)
        {
            _zeroStep ??= t;
        }
        else if (_norm is < LowerNorm or > UpperNorm)
        {
            int power = PowerOfTwo.Extract(gradient);
            _norm = Math.ScaleB(_norm, -power);
            _exponent += power;
        }
    }

    /// <summary>Adds step t.</summary>
    /// <param name="t">The step.</param>
    /// <param name="gradient">2^−e times the gradient before the step.</param>
    /// <param name="exponent">e.</param>
    public void Add(int t, ReadOnlySpan<double> gradient, double exponent)
    {
        if (_zeroStep is not null)
        {
            return;
        }

        double next = VectorNorm.Of(gradient), ratio = next / _norm;
        if (exponent != 0)
        {
            ratio *= double.Exp2(exponent);
            _exponent += exponent;
        }

        if (log10Norms.Length > 0)
        {
            log10Norms[step - t] = Log10(next);
        }

        _sum += (ratio - 1) * (ratio - 1);
        _norm = next;
    }

    /// <summary>The result, after step 1.</summary>
    public readonly GradientFlow Result()
    {
        if (_zeroStep is { } zero)
        {
            log10Norms.AsSpan(Math.Min(step - zero, log10Norms.Length)..).Fill(double.NegativeInfinity);
            return new GradientFlow(double.NaN, double.NegativeInfinity, zero);
        }

        return new GradientFlow(_sum / step, Log10(_norm), null);
    }

    private readonly double Log10(double norm) => Math.Log10(norm) + (_exponent * PowerOfTwo.Log10);
}
