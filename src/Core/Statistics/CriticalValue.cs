using System.Collections.Immutable;

namespace RnnSweep.Core.Statistics;

/// <summary>The critical value of a parameter over replicates: the median of their lowest roots, with an interval.</summary>
/// <param name="Count">Number of replicates n.</param>
/// <param name="Roots">Number of replicates with a root.</param>
/// <param name="Several">Number of replicates with more than one root; the lowest counts.</param>
/// <param name="Before">Number of replicates without a root that are throughout on the side on which the others are above their root: their root lies below the range.</param>
/// <param name="Beyond">Number of replicates without a root that are throughout on the side on which the others are below their root: their root lies above the range.</param>
/// <param name="Median">The median over the replicates with a root and those whose root lies outside of the range; NaN where it lies outside itself.</param>
/// <param name="Low">The lower end of the interval; NaN where it lies outside of the range, or replicates are too few.</param>
/// <param name="High">The upper end.</param>
public sealed record CriticalValue(int Count, int Roots, int Several, int Before, int Beyond, double Median, double Low, double High)
{
    // The probability beyond each end of the interval.
    private const double Tail = 0.025;

    /// <summary>
    /// The critical value. The interval of 95 percent is that of order statistics, which holds for every distribution of roots (David &amp; Nagaraja 2003, Order Statistics, § 7.1): from the
    /// lower end of the bracket of rank k to the upper end of that of rank n + 1 − k, k = <see cref="Rank"/>. Of one replicate it is its bracket.
    /// </summary>
    /// <param name="replicates">The brackets of each replicate (<see cref="Bracketing.Brackets"/>).</param>
    public static CriticalValue Of(IReadOnlyList<ImmutableArray<Bracket>> replicates)
    {
        Bracket[] lowest = [.. replicates.Select(brackets => brackets.FirstOrDefault(HasRoot)).OfType<Bracket>()];
        int rising = lowest.Count(bracket => bracket.LowSide < bracket.HighSide), falling = lowest.Count(bracket => bracket.LowSide > bracket.HighSide);
        int below = replicates.Count(brackets => IsAll(brackets, Side.Below)), above = replicates.Count(brackets => IsAll(brackets, Side.Above));
        (int before, int beyond) = lowest.Length == 0 ? (0, 0) : rising >= falling ? (above, below) : (below, above);
        double[] roots = Sorted(lowest.Select(bracket => bracket.Root));
        int n = roots.Length, rank = n == 1 ? 1 : Rank(n);
        return new CriticalValue(
            replicates.Count,
            lowest.Length,
            replicates.Count(brackets => brackets.Count(HasRoot) > 1),
            before,
            beyond,
            n == 0 ? double.NaN : Finite((roots[(n - 1) / 2] / 2) + (roots[n / 2] / 2)),
            rank == 0 ? double.NaN : Finite(Sorted(lowest.Select(bracket => bracket.Low))[rank - 1]),
            rank == 0 ? double.NaN : Finite(Sorted(lowest.Select(bracket => bracket.High))[n - rank]));

        double[] Sorted(IEnumerable<double> values) =>
            [.. values.Concat(Enumerable.Repeat(double.NegativeInfinity, before)).Concat(Enumerable.Repeat(double.PositiveInfinity, beyond)).Order()];
    }

    /// <summary>The largest k for which the order statistics k and n + 1 − k enclose the median with a probability of at least 95 percent: P(B &lt; k) ≤ 0.025 for B ~ binomial(n, ½); 0 for n &lt; 6.</summary>
    public static int Rank(int n)
    {
        int rank = 0;
        double sum = 0, logProbability = -n * Math.Log(2);
        for (int i = 0; i < n / 2; i++)
        {
            sum += Math.Exp(logProbability);
            if (sum > Tail)
            {
                break;
            }

            rank = i + 1;
            logProbability += Math.Log(n - i) - Math.Log(i + 1);
        }

        return rank;
    }

    private static bool HasRoot(Bracket bracket) => !double.IsNaN(bracket.Root);

    private static bool IsAll(ImmutableArray<Bracket> brackets, Side side) => brackets is [{ Status: BracketStatus.None } only] && only.LowSide == side;

    private static double Finite(double value) => double.IsFinite(value) ? value : double.NaN;
}
