using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics;
using MathNet.Numerics.Integration;
using RnnSweep.Core.ElementaryFunctions;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// E[f(x)] over a normal state x = √q z + bias, by Gauss–Legendre quadrature on panels that narrow geometrically towards the points where the
/// activation bends, so that steep and flat activations are integrated equally well. Holds the nodes of one rule at a time. Not thread-safe.
/// </summary>
/// <param name="activation">φ, whose bends determine the panels.</param>
/// <param name="bias">The mean of x.</param>
/// <param name="order">Nodes per panel, a multiple of 4.</param>
internal sealed class NormalStateQuadrature(Activation activation, double bias, int order)
{
    /// <summary>Nodes per panel. The poles of all integrands are so far from the panels that 12 nodes give 15 digits.</summary>
    public const int Order = 12;

    // Beyond twelve standard deviations the normal density is below 1e-31.
    private const double Tail = 12;

    // Beyond this, the normal density is below the range of a double.
    private const double DensityReach = 40;

    // Beyond this, a mean of logarithms would come from states that practically never occur and need too many panels.
    private const double FurthestReach = 1000;

    private const double WidestPanel = 1.5;

    private static readonly GaussLegendreRule s_rule = new(-1, 1, Order);

    private readonly GaussLegendreRule _rule = RuleOf(order);
    private readonly double _steepness = Steepness(activation, bias);
    private double[] _states = new double[512], _deviations = new double[512], _lengths = new double[512], _weights = new double[512];
    private int _count;

    /// <summary>x at the nodes.</summary>
    public ReadOnlySpan<double> States => _states.AsSpan(0, _count);

    /// <summary>z at the nodes.</summary>
    public ReadOnlySpan<double> Deviations => _deviations.AsSpan(0, _count);

    /// <summary>The weights of the nodes in a mean, with sum 1. Their number is a multiple of four.</summary>
    public ReadOnlySpan<double> Weights => _weights.AsSpan(0, _count);

    /// <summary>
    /// The number of standard deviations on either side that contribute to E[φ'²] at a variance q: many where a large bias keeps all but rare states
    /// in saturation.
    /// </summary>
    public double Reach(double variance)
    {
        // e^(steepness · x) times the density is the density shifted by steepness · √q, at most to where φ is steepest.
        double scale = Math.Sqrt(variance);
        return scale == 0 ? Tail : Tail + Math.Min(Math.Abs(bias) / scale, _steepness * scale);
    }

    /// <summary>Sets the nodes for a variance q ≥ 0. At q = 0 they are the limit q → 0, which weights both sides of a kink equally.</summary>
    /// <param name="variance">q.</param>
    /// <param name="more">Further points where the function bends; finite.</param>
    public void Lay(double variance, ReadOnlySpan<Bend> more = default) => Lay(variance, more, DensityReach);

    /// <summary>Sets the nodes for means of logarithms and of φ'² at a variance q ≥ 0.</summary>
    /// <param name="variance">q.</param>
    /// <param name="more">Further points where the function bends; finite.</param>
    /// <returns>False where the contributing states are too far out to compute the mean.</returns>
    public bool LayForLogarithms(double variance, ReadOnlySpan<Bend> more = default)
    {
        bool isWithinReach = Reach(variance) <= FurthestReach;
        if (isWithinReach)
        {
            Lay(variance, more, FurthestReach);
        }

        return isWithinReach;
    }

    /// <summary>ln E[e^f] from f at the nodes, even where e^f is beyond the range of a double; −∞ where f is −∞ everywhere.</summary>
    public double LogMean(ReadOnlySpan<double> logs)
    {
        double largest = double.NegativeInfinity;
        for (int i = 0; i < _count; i++)
        {
            largest = Math.Max(largest, logs[i] - (0.5 * _deviations[i] * _deviations[i]));
        }

        if (double.IsNegativeInfinity(largest))
        {
            return largest;
        }

        double sum = 0;
        for (int i = 0; i < _count; i++)
        {
            sum += _lengths[i] * Math.Exp(logs[i] - (0.5 * _deviations[i] * _deviations[i]) - largest);
        }

        return Math.Log(sum) + largest;
    }

    /// <summary>ln E[φ'(x)²].</summary>
    public double LogMeanSquareSlope()
    {
        var logs = new double[_count];
        activation.LogSlopes(States, logs);
        TensorPrimitives.Multiply(logs, 2, logs);
        return LogMean(logs);
    }

    private static GaussLegendreRule RuleOf(int order) => order == Order ? s_rule : new GaussLegendreRule(-1, 1, order);

    /// <summary>The largest rate at which ln φ'² falls between the mean of x and the steepest point of φ; ∞ where φ is flat at the mean.</summary>
    private static double Steepness(Activation activation, double bias)
    {
        double logSlope = activation.LogSlope(bias);
        if (double.IsNegativeInfinity(logSlope) || Math.Abs(bias) > 1e15)
        {
            return double.PositiveInfinity;
        }

        // With kinks, the slope of φ is 0 or its maximum. Otherwise ln φ' is concave, so it is steeper beyond the mean.
        return activation.Kinks.Count > 0 ? 0 : Math.Max(0, 2 * (logSlope - activation.LogSlope(bias + Math.Sign(bias))));
    }

    private void Lay(double variance, ReadOnlySpan<Bend> more, double furthest)
    {
        _count = 0;
        double scale = Math.Sqrt(variance);
        if (scale == 0)
        {
            for (int i = 0; i < 4; i++)
            {
                Add(0, i % 2 == 0 ? Math.BitDecrement(bias) : Math.BitIncrement(bias), 0.25);
                _weights[i] = 0.25;
            }

            return;
        }

        double reach = Math.Min(Reach(variance), furthest);
        Span<Bend> bends = stackalloc Bend[activation.Kinks.Count + 1 + more.Length];
        int count = 0;
        for (int i = 0; i <= activation.Kinks.Count; i++)
        {
            double centre = ((i == 0 ? 0 : activation.Kinks[i - 1]) - bias) / scale;
            if (Math.Abs(centre) < 2 * reach)
            {
                bends[count++] = new Bend(centre, 0.5 / scale); // poles of φ are π/2 or more away, in x
            }
        }

        more.CopyTo(bends[count..]);
        LayPanels(reach, scale, bends[..(count + more.Length)]);
        ComputeWeights();
    }

    private void LayPanels(double reach, double scale, ReadOnlySpan<Bend> bends)
    {
        for (double left = -reach, right; left < reach; left = right)
        {
            double width = WidestPanel, stop = reach;
            foreach (Bend bend in bends)
            {
                double distance = bend.Centre - left;
                stop = distance > 0 ? Math.Min(stop, bend.Centre) : stop;
                width = Math.Min(width, Math.Max(distance > 0 ? 0.5 * distance : -distance, bend.Width));
            }

            // A width of at least some ulp ends the loop; the last panel takes a narrow rest along.
            width = Math.Max(width, 1e-15 * Math.Abs(left));
            right = stop - left < 1.5 * width ? stop : left + width;
            double half = 0.5 * (right - left), middle = left + half;
            for (int i = 0; i < order; i++)
            {
                double z = middle + (half * _rule.GetAbscissa(i));
                Add(z, (scale * z) + bias, half * _rule.GetWeight(i) * Constants.InvSqrt2Pi);
            }
        }
    }

    private void Add(double deviation, double state, double length)
    {
        if (_count == _states.Length)
        {
            int more = 2 * _count;
            Array.Resize(ref _states, more);
            Array.Resize(ref _deviations, more);
            Array.Resize(ref _lengths, more);
            Array.Resize(ref _weights, more);
        }

        (_deviations[_count], _states[_count], _lengths[_count]) = (deviation, state, length);
        _count++;
    }

    private void ComputeWeights()
    {
        Span<Vector256<double>> weights = MemoryMarshal.Cast<double, Vector256<double>>(_weights.AsSpan(0, _count));
        ReadOnlySpan<Vector256<double>> z = MemoryMarshal.Cast<double, Vector256<double>>(Deviations);
        ReadOnlySpan<Vector256<double>> lengths = MemoryMarshal.Cast<double, Vector256<double>>(_lengths.AsSpan(0, _count));
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = lengths[i] * Exponential.Of(-0.5 * z[i] * z[i], out _);
        }
    }
}
