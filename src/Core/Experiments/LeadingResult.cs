using System.Numerics;
using RnnSweep.Core.Jacobians;

namespace RnnSweep.Core.Experiments;

/// <summary>The k leading Lyapunov exponents of one replicate, in the order of the frame's columns, nats per step. A number that is not known is NaN.</summary>
public sealed record LeadingResult
{
    /// <summary>λ_i = Σ_t ln (R_t)_ii / T, length k.</summary>
    public Numbers Exponents { get; init; }

    /// <summary>Their standard errors within the trajectory, by batch means over its second half, length k.</summary>
    public Numbers WithinSems { get; init; }

    /// <summary>λ_i over the first t steps, k numbers for each t of <see cref="HistorySteps"/>.</summary>
    public Numbers History { get; init; }

    /// <summary>The steps t of the history: every one below 128, then 64 in each octave, up to T.</summary>
    public static IEnumerable<int> HistorySteps(int sequenceLength) => ProductGrowth.SampledSteps(sequenceLength);

    /// <summary>Upper bound of the number of steps of the history: 128 and 64 for each octave from 128 on.</summary>
    public static int MostHistorySteps(int sequenceLength) => Math.Min(sequenceLength, 128 + (64 * Math.Max(0, BitOperations.Log2((uint)sequenceLength) - 6)));

    internal static LeadingResult Of(LeadingExponents exponents) => new()
    {
        Exponents = new([.. exponents.Exponents]),
        WithinSems = new([.. exponents.Rates.Select(rate => rate.WithinSem)]),
        History = new([.. exponents.History]),
    };
}
