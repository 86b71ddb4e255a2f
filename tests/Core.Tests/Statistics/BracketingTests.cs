using System.Collections.Immutable;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Statistics;

/// <summary>The rule that a search follows, on functions whose roots are known.</summary>
public sealed class BracketingTests
{
    private const double Width = 0.001;

    [Theory]
    [InlineData(0.3)]
    [InlineData(1 / 3.0)]
    [InlineData(1.9999)]
    public void One_root_is_enclosed_and_interpolated(double root)
    {
        Bracket bracket = Assert.Single(Search(x => Math.Exp(x) - Math.Exp(root), 0, 2, 4));

        Assert.Equal((Side.Below, Side.Above, BracketStatus.Located), (bracket.LowSide, bracket.HighSide, bracket.Status));
        Assert.InRange(root, bracket.Low, bracket.High);
        Assert.True(bracket.High - bracket.Low <= Width);

        // The error of linear interpolation is at most w² max|f''| / (8 min|f'|), here with f'' / f' = 1 to within a factor e^w.
        Assert.Equal(root, bracket.Root, Width * Width / 4);
    }

    [Fact]
    public void Each_of_several_roots_has_a_bracket()
    {
        ImmutableArray<Bracket> brackets = Search(x => Math.Sin(Math.PI * x), 0.25, 3.75, 7);

        Assert.Equal(3, brackets.Length);
        Assert.All(brackets.Index(), found => Assert.Equal(found.Index + 1, found.Item.Root, Width));
        Assert.Equal([Side.Above, Side.Below, Side.Above], brackets.Select(bracket => bracket.LowSide));
    }

    [Fact]
    public void A_root_at_an_end_or_at_a_point_is_that_point()
    {
        Bracket first = Assert.Single(Search(x => x, 0, 2, 4)), last = Assert.Single(Search(x => x - 2, 0, 2, 4)), inner = Assert.Single(Search(x => x - 1, 0, 2, 4));

        Assert.Equal((0, 0, Side.At, Side.Above, BracketStatus.Located), (first.Low, first.Root, first.LowSide, first.HighSide, first.Status));
        Assert.Equal((2, 2, Side.Below, Side.At, BracketStatus.Located), (last.High, last.Root, last.LowSide, last.HighSide, last.Status));
        Assert.Equal(1, inner.Root);
        Assert.True(inner.High - inner.Low <= 2 * Width && inner.Low < 1 && inner.High > 1);
    }

    [Fact]
    public void Points_at_the_target_that_follow_each_other_are_one_root_in_their_middle()
    {
        Bracket bracket = Assert.Single(Search(x => x < 0.5 ? -1 : x > 1.3 ? 1 : 0, 0, 2, 4));

        // Each end is known to within the width, so the middle is known to half of two widths.
        Assert.Equal(0.9, bracket.Root, Width);
        Assert.InRange(0.5, bracket.Low, bracket.Low + Width);
        Assert.InRange(1.3, bracket.High - Width, bracket.High);
    }

    [Fact]
    public void A_side_throughout_is_no_bracket()
    {
        Bracket above = Assert.Single(Search(x => 1 + x, 0, 2, 4)), unknown = Assert.Single(Search(_ => double.NaN, 0, 2, 4)), at = Assert.Single(Search(_ => 0, 0, 2, 4));

        Assert.Equal(BracketStatus.None, above.Status);
        Assert.Equal([Side.Above, Side.Empty, Side.At], new[] { above, unknown, at }.Select(none => none.LowSide));
        Assert.All(new[] { above, unknown, at }, none => Assert.True(double.IsNaN(none.Low) && double.IsNaN(none.High) && double.IsNaN(none.Root)));
    }

    [Theory]
    [InlineData(double.NegativeInfinity, double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity, 5)]
    [InlineData(-double.MaxValue, double.MaxValue)]
    public void Infinite_values_are_sides(double low, double high)
    {
        Bracket bracket = Assert.Single(Search(x => x < 0.7 ? low : high, 0, 2, 4));

        Assert.Equal(BracketStatus.Located, bracket.Status);
        Assert.InRange(0.7, bracket.Low, bracket.High);
        Assert.Equal(bracket.Low + ((bracket.High - bracket.Low) / 2), bracket.Root);
    }

    [Fact]
    public void An_empty_value_is_a_side_without_a_root()
    {
        ImmutableArray<Bracket> brackets = Search(x => x > 1.6 ? double.NaN : x - 0.4, 0, 2, 4);

        Assert.Equal([BracketStatus.Located, BracketStatus.Edge], brackets.Select(bracket => bracket.Status));
        Assert.Equal((Side.Above, Side.Empty), (brackets[1].LowSide, brackets[1].HighSide));
        Assert.InRange(1.6, brackets[1].Low, brackets[1].High);
        Assert.True(double.IsNaN(brackets[1].Root) && brackets[1].High - brackets[1].Low <= Width);
    }

    [Fact]
    public void The_lowest_brackets_are_followed_and_the_others_stay_open()
    {
        // Changes its side in every interval of the grid, and in no interval of a finer one.
        ImmutableArray<Bracket> brackets = Search(x => Math.Sin(Math.PI * (x + 0.25)), 0, 20, 20);

        Assert.Equal(20, brackets.Length);
        Assert.All(brackets[..Bracketing.MostFollowed], bracket => Assert.Equal(BracketStatus.Located, bracket.Status));
        Assert.All(brackets[Bracketing.MostFollowed..], bracket => Assert.Equal((BracketStatus.Open, 1), (bracket.Status, bracket.High - bracket.Low)));
    }

    [Fact]
    public void Rounds_and_points_are_bounded_for_any_values()
    {
        // Values without any order: a hash of the bits of x.
        static double Noise(double x) => (BitConverter.DoubleToUInt64Bits(x) * 0x9E3779B97F4A7C15UL >> 61) switch { 0 => double.NaN, 1 => 0, 2 => double.NegativeInfinity, < 5 => -1, _ => 1 };
        (_, int rounds, int points) = Run(Noise, 0, 3, 6);

        // An interval of ½ is at most 0.001 wide after 9 halvings, and each round adds at most a point for each bracket followed.
        Assert.InRange(rounds, 1, 9);
        Assert.InRange(points, 7, 7 + (9 * Bracketing.MostFollowed));
    }

    [Fact]
    public void The_middle_replicate_is_the_critical_value_and_the_ranks_its_interval()
    {
        ImmutableArray<Bracket>[] replicates = [.. Enumerable.Range(1, 9).Select(i => Root(i, Side.Below, Side.Above))];
        CriticalValue value = CriticalValue.Of(replicates);

        // Binomial(9, ½): P(B < 2) = 10/512 = 0.0195, P(B < 3) = 46/512, so the ranks are 2 and 8.
        Assert.Equal(2, CriticalValue.Rank(9));
        Assert.Equal((9, 9, 5, 1.9, 8.1), (value.Count, value.Roots, value.Median, value.Low, value.High));
    }

    [Fact]
    public void A_replicate_whose_root_lies_outside_of_the_range_counts_on_its_side()
    {
        ImmutableArray<Bracket> below = Without(Side.Below), above = Without(Side.Above), unknown = Without(Side.Empty);
        CriticalValue rising = CriticalValue.Of([Root(1, Side.Below, Side.Above), Root(2, Side.Below, Side.Above), below, below, below, unknown]);
        CriticalValue falling = CriticalValue.Of([Root(1, Side.Above, Side.Below), Root(2, Side.Above, Side.Below), below, above, above]);

        Assert.Equal((2, 0, 3), (rising.Roots, rising.Before, rising.Beyond));
        Assert.True(double.IsNaN(rising.Median)); // of 1, 2, ∞, ∞, ∞
        Assert.Equal((1, 2), (falling.Before, falling.Beyond));
        Assert.Equal(2, falling.Median); // of −∞, 1, 2, ∞, ∞
    }

    [Fact]
    public void Several_roots_are_counted_and_the_lowest_is_taken()
    {
        CriticalValue value = CriticalValue.Of([[.. Root(1, Side.Below, Side.Above), .. Root(2, Side.Above, Side.Below)]]);

        Assert.Equal((1, 1, 1, 0.9, 1.1), (value.Roots, value.Several, value.Median, value.Low, value.High));
    }

    [Fact]
    public void No_root_anywhere_is_no_critical_value()
    {
        CriticalValue value = CriticalValue.Of([Without(Side.Below), Without(Side.Above)]);

        Assert.Equal((2, 0, 0, 0), (value.Count, value.Roots, value.Before, value.Beyond));
        Assert.True(double.IsNaN(value.Median) && double.IsNaN(value.Low) && double.IsNaN(value.High));
    }

    [Theory]
    [InlineData(5, 0)] // 2⁻⁵ = 0.031 > 0.025
    [InlineData(6, 1)] // 2⁻⁶ = 0.016
    [InlineData(16, 4)] // (1 + 16 + 120 + 560) / 65536 = 0.0106, with 1820 more 0.038
    [InlineData(10000, 4902)] // n/2 − 1.96 √n / 2, and half a unit of continuity
    public void Ranks_are_those_of_the_binomial_distribution(int n, int rank) => Assert.Equal(rank, CriticalValue.Rank(n));

    [Fact]
    public void Points_and_values_must_be_as_many() => Assert.Throws<ArgumentException>(() => Bracketing.Wide([1, 2], [1], 0, Width));

    private static ImmutableArray<Bracket> Search(Func<double, double> f, double low, double high, int intervals) => Run(f, low, high, intervals).Brackets;

    private static (ImmutableArray<Bracket> Brackets, int Rounds, int Points) Run(Func<double, double> f, double low, double high, int intervals)
    {
        var points = new SortedSet<double>(Enumerable.Range(0, intervals + 1).Select(i => low + ((high - low) * i / intervals)));
        int rounds = 0;
        while (true)
        {
            double[] x = [.. points], y = [.. x.Select(f)];
            IReadOnlyList<int> wide = Bracketing.Wide(x, y, 0, Width);
            if (wide.Count == 0)
            {
                return (Bracketing.Brackets(x, y, 0, Width), rounds, points.Count);
            }

            rounds++;
            Assert.True(rounds < 100);
            points.UnionWith(wide.Select(i => (x[i] + x[i + 1]) / 2));
        }
    }

    private static ImmutableArray<Bracket> Root(double root, Side low, Side high) => [new(root - 0.1, root + 0.1, root, low, high, BracketStatus.Located)];

    private static ImmutableArray<Bracket> Without(Side side) => [new(double.NaN, double.NaN, double.NaN, side, side, BracketStatus.None)];
}
