using System.Numerics;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// When to factor a Jacobian product: as soon as the columns that it would be rid of have cost about as much as the factoring. Pure arithmetic
/// on step numbers, so that the same trajectory is always factored at the same steps.
/// </summary>
internal sealed class RankSchedule
{
    // Steps from one look at a product to the next: these at first, a sixteenth of the steps so far later on.
    private const int LeastStride = 4;

    // What a factoring takes, in units of a product step of the same width: as many, and as many more over N (tests/Benchmarks has what it takes).
    private const double FactoringSteps = 1.8, FactoringStepsByN = 250;

    // The depth to which singular values are kept.
    private static readonly double s_depth = -Math.Log(LeadingColumns.DropBelow);

    private readonly int _hiddenSize;
    private readonly Func<int, int> _width;
    private int _last;
    private int _rank;
    private double _patience = 1;

    /// <summary>Of a product that has all its columns.</summary>
    /// <param name="hiddenSize">N.</param>
    /// <param name="width">The width that a number of columns has in memory.</param>
    public RankSchedule(int hiddenSize, Func<int, int> width) => (_hiddenSize, _width, _rank) = (hiddenSize, width, hiddenSize);

    /// <summary>Whether this is a step at which to look.</summary>
    public static bool Looks(int step) => step > 0 && step % Math.Max(LeastStride, 1 << Math.Max(0, BitOperations.Log2((uint)step) - 4)) == 0;

    /// <summary>Whether a product is to be factored.</summary>
    /// <param name="step">t.</param>
    /// <param name="gap">
    /// How far the mean of the singular values' logarithms lies below the largest, in nats; consulted as long as the rank is full. +∞ where one is 0.
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
        return saved / size * (step - _last) / 2 >= cost * _patience;
    }

    /// <summary>Takes the rank that a factoring found; one that saved little makes the next one wait longer.</summary>
    public void Note(int step, double gap, int rank)
    {
        int predicted = PredictedRank(step, gap);
        bool isAsPredicted = _width(_rank) - _width(rank) >= (_width(_rank) - _width(predicted)) / 2;
        _patience = isAsPredicted ? 1 : 2 * _patience;
        (_last, _rank) = (step, rank);
    }

    // Of a product of gaussian matrices, σ_i falls as (1 − i/N)^{t/2} (Newman 1986), so the gap is t/2 and the rank N (1 − e^{−depth/gap}); once a
    // rank is known, it goes on to fall as 1/t.
    private int PredictedRank(int step, double gap)
    {
        double rank = _last > 0 && _rank < _hiddenSize ? _rank * (double)_last / step
            : gap <= 0 ? _hiddenSize
            : _hiddenSize * (1 - Math.Exp(-s_depth / gap));
        return Math.Clamp((int)Math.Ceiling(rank), 1, _hiddenSize);
    }
}
