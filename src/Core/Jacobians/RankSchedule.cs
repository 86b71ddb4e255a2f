using System.Numerics;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// Decides when to factor a Jacobian product: as soon as the columns that factoring would remove have cost about as much as the factoring. It depends
/// only on step numbers, gaps and ranks, so the same trajectory is always factored at the same steps.
/// </summary>
internal sealed class RankSchedule
{
    // Steps between two checks of a product: this many at first, later a sixteenth of the steps so far.
    private const int LeastStride = 4;

    // Cost of a factoring in product steps of the same width: the first number plus the second divided by N (measured in tests/Benchmarks).
    private const double FactoringSteps = 1.8, FactoringStepsByN = 250;

    // Singular values are kept down to this depth below the largest, in nats.
    private static readonly double s_depth = -Math.Log(LeadingColumns.DropBelow);

    private readonly int _hiddenSize;
    private readonly Func<int, int> _width;
    private int _last;
    private int _rank;
    private double _costFactor = 1;

    /// <summary>Creates the schedule of a product that has all its columns.</summary>
    /// <param name="hiddenSize">N.</param>
    /// <param name="width">Returns the width in memory of a number of columns.</param>
    public RankSchedule(int hiddenSize, Func<int, int> width) => (_hiddenSize, _width, _rank) = (hiddenSize, width, hiddenSize);

    /// <summary>Whether a product is checked at this step.</summary>
    public static bool IsCheckStep(int step) => step > 0 && step % Math.Max(LeastStride, 1 << Math.Max(0, BitOperations.Log2((uint)step) - 4)) == 0;

    /// <summary>Whether a product is to be factored.</summary>
    /// <param name="step">t.</param>
    /// <param name="gap">
    /// The largest logarithm of a singular value minus the mean of all, in nats; used while the rank is full. +∞ where one is 0.
    /// </param>
    public bool IsDue(int step, double gap)
    {
        if (_hiddenSize <= _width(1))
        {
            return false;
        }

        double saved = _width(_rank) - _width(PredictedRank(step, gap));
        double size = _hiddenSize;
        double cost = _rank / size * (FactoringSteps + (FactoringStepsByN / size));
        return saved / size * (step - _last) / 2 >= cost * _costFactor;
    }

    /// <summary>Records the rank that a factoring found. After one that saved little, the next waits longer.</summary>
    public void Note(int step, double gap, int rank)
    {
        int predicted = PredictedRank(step, gap);
        bool isAsPredicted = _width(_rank) - _width(rank) >= (_width(_rank) - _width(predicted)) / 2;
        _costFactor = isAsPredicted ? 1 : 2 * _costFactor;
        (_last, _rank) = (step, rank);
    }

    // For a product of gaussian matrices, σ_i falls as (1 − i/N)^{t/2} (Newman 1986), so the gap is t/2 and the rank N (1 − e^{−depth/gap}). Once a
    // rank is known, it is extrapolated as 1/t.
    private int PredictedRank(int step, double gap)
    {
        double rank = _last > 0 && _rank < _hiddenSize ? _rank * (double)_last / step
            : gap <= 0 ? _hiddenSize
            : _hiddenSize * (1 - Math.Exp(-s_depth / gap));
        return Math.Clamp((int)Math.Ceiling(rank), 1, _hiddenSize);
    }
}
