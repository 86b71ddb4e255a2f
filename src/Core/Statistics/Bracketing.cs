using System.Collections.Immutable;

namespace RnnSweep.Core.Statistics;

/// <summary>Where the value of a quantity lies, seen from a target.</summary>
public enum Side
{
    /// <summary>The value is not known (NaN).</summary>
    Empty,

    /// <summary>Below the target; −∞, too.</summary>
    Below,

    /// <summary>Equal to the target.</summary>
    At,

    /// <summary>Above the target; +∞, too.</summary>
    Above,
}

/// <summary>What is known of a bracket.</summary>
public enum BracketStatus
{
    /// <summary>It holds a root and is as narrow as was asked.</summary>
    Located,

    /// <summary>It is wider than was asked, because more sides change below it than are followed, or because a point that would divide it is missing.</summary>
    Open,

    /// <summary>It is as narrow as was asked, but the value is not known on one of its sides, so it need not hold a root.</summary>
    Edge,

    /// <summary>There is no bracket: the side is the same at all points.</summary>
    None,
}

/// <summary>Two neighbouring points with different sides of the target, or that there are none.</summary>
/// <param name="Low">The lower point; NaN where there is no bracket.</param>
/// <param name="High">The upper point.</param>
/// <param name="Root">The root, by linear interpolation; NaN where none is known.</param>
/// <param name="LowSide">The side of the value at <paramref name="Low"/>; without a bracket, that of all points.</param>
/// <param name="HighSide">The side at <paramref name="High"/>.</param>
/// <param name="Status">What is known of it.</param>
public sealed record Bracket(double Low, double High, double Root, Side LowSide, Side HighSide, BracketStatus Status);

/// <summary>
/// Finds the roots of f(x) = target by bisection of all brackets at once. A bracket is two neighbouring points whose values lie on different sides of the target: below, at or above
/// it, or not known. Values need no scale, so −∞, the logarithm of a product that is 0, is a value like others.
/// </summary>
/// <remarks>
/// Every round halves every bracket that is followed and too wide, so a grid whose widest interval is w needs ⌈log2(w / width)⌉ rounds. A bracket that is divided keeps at least one half
/// with different sides, hence the number of brackets below a point never falls, and a bracket that is not followed stays so.
/// </remarks>
public static class Bracketing
{
    /// <summary>The most brackets that are followed along one line; the lowest ones. It bounds the work for a quantity that changes its side at many points, such as noise.</summary>
    public const int MostFollowed = 8;

    // Widths are differences of rounded numbers, so a width that should equal the one asked for may exceed it by some units in the last place.
    private const double Rounding = 1e-9;

    /// <summary>The side of a value.</summary>
    public static Side Of(double value, double target) =>
        double.IsNaN(value) ? Side.Empty : value < target ? Side.Below : value > target ? Side.Above : Side.At;

    /// <summary>Whether an interval is as narrow as was asked.</summary>
    public static bool IsNarrow(double low, double high, double width) => high - low <= width * (1 + Rounding);

    /// <summary>The intervals to be halved, each as the index of its lower end: those of the brackets that are followed and that are wider than asked.</summary>
    /// <param name="points">x, ascending.</param>
    /// <param name="values">f(x) of each point; NaN where it is not known.</param>
    /// <param name="target">The target, a finite number.</param>
    /// <param name="width">The width asked for.</param>
    public static IReadOnlyList<int> Wide(IReadOnlyList<double> points, IReadOnlyList<double> values, double target, double width)
    {
        Check(points, values);
        var wide = new List<int>();
        int followed = 0;
        for (int i = 0; i + 1 < points.Count && followed < MostFollowed; i++)
        {
            if (Of(values[i], target) == Of(values[i + 1], target))
            {
                continue;
            }

            followed++;
            if (!IsNarrow(points[i], points[i + 1], width))
            {
                wide.Add(i);
            }
        }

        return wide;
    }

    /// <summary>
    /// The brackets in ascending order; one of status <see cref="BracketStatus.None"/> where there are none. Points at the target that follow each other make one bracket, from the
    /// point before them to the point after them, whose root is the middle between the first and the last of them.
    /// </summary>
    /// <inheritdoc cref="Wide" path="/param"/>
    public static ImmutableArray<Bracket> Brackets(IReadOnlyList<double> points, IReadOnlyList<double> values, double target, double width)
    {
        Check(points, values);
        List<Run> runs = Runs(values, target);
        if (runs.Count < 2)
        {
            Side side = runs.Count == 0 ? Side.Empty : runs[0].Side;
            return [new Bracket(double.NaN, double.NaN, double.NaN, side, side, BracketStatus.None)];
        }

        var brackets = ImmutableArray.CreateBuilder<Bracket>();
        for (int k = 0; k < runs.Count; k++)
        {
            if (runs[k].Side == Side.At)
            {
                brackets.Add(Touching(k));
            }
            else if (k + 1 < runs.Count && runs[k + 1].Side != Side.At)
            {
                brackets.Add(Between(runs[k], runs[k + 1]));
            }
        }

        return brackets.ToImmutable();

        Bracket Touching(int k)
        {
            (Run run, Run before, Run after) = (runs[k], runs[Math.Max(k - 1, 0)], runs[Math.Min(k + 1, runs.Count - 1)]);
            double first = points[run.First], last = points[run.Last];
            double low = k == 0 ? first : points[before.Last], high = k == runs.Count - 1 ? last : points[after.First];
            bool isNarrow = IsNarrow(low, first, width) && IsNarrow(last, high, width);
            return new Bracket(low, high, Middle(first, last), before.Side, after.Side, isNarrow ? BracketStatus.Located : BracketStatus.Open);
        }

        Bracket Between(Run below, Run above)
        {
            double low = points[below.Last], high = points[above.First];
            bool isEdge = below.Side == Side.Empty || above.Side == Side.Empty;
            double root = isEdge ? double.NaN : Interpolated(low, high, values[below.Last], values[above.First], target);
            BracketStatus status = !IsNarrow(low, high, width) ? BracketStatus.Open : isEdge ? BracketStatus.Edge : BracketStatus.Located;
            return new Bracket(low, high, root, below.Side, above.Side, status);
        }
    }

    private static double Middle(double low, double high) => low + ((high - low) / 2);

    // The middle where a value is infinite, or so large that their difference is.
    private static double Interpolated(double low, double high, double valueLow, double valueHigh, double target)
    {
        double difference = valueHigh - valueLow, weight = (target - valueLow) / difference;
        return double.IsFinite(difference) && double.IsFinite(weight) ? Math.Clamp(low + (weight * (high - low)), low, high) : Middle(low, high);
    }

    private static List<Run> Runs(IReadOnlyList<double> values, double target)
    {
        var runs = new List<Run>();
        for (int i = 0; i < values.Count; i++)
        {
            Side side = Of(values[i], target);
            if (runs.Count > 0 && runs[^1].Side == side)
            {
                runs[^1] = runs[^1] with { Last = i };
            }
            else
            {
                runs.Add(new Run(side, i, i));
            }
        }

        return runs;
    }

    private static void Check(IReadOnlyList<double> points, IReadOnlyList<double> values)
    {
        if (points.Count != values.Count)
        {
            throw new ArgumentException($"{points.Count} points need as many values, but there are {values.Count}", nameof(values));
        }
    }

    // Neighbouring points on one side, by index.
    private readonly record struct Run(Side Side, int First, int Last);
}
