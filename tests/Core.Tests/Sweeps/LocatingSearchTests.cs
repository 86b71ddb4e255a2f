using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;
using RnnSweep.Core.Tests.Experiments;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

/// <summary>The rounds of a search, on readings of known formulas and on networks whose critical points are known.</summary>
public sealed class LocatingSearchTests
{
    private const double Width = 0.002;

    // λ = ln ρ + r/10 − b, so the root of replicate r is e^(b − r/10).
    private static readonly ComputedStore s_shifted = new(spec => Enumerable.Range(0, spec.Replicates).Select(r => Slope(r, Math.Log(spec.SpectralRadius) + (r / 10.0) - spec.Bias)));

    [Fact]
    public void Every_replicate_has_its_root_on_every_line()
    {
        LocatingSearch search = Run(s_shifted, Radius("lyapunov_max_slope = 0"), Fixed("replicates", "9"), Varied(List("bias", "0", "0.5")));

        CriticalLine[] lines = [.. search.Critical()];
        Assert.Equal([["0"], ["0.5"]], lines.Select(line => search.Coordinates(line.Cell)));
        foreach ((double bias, CriticalLine line) in new[] { 0, 0.5 }.Zip(lines))
        {
            Assert.All(line.Brackets.Index(), replicate => AssertRoot(Math.Exp(bias - (replicate.Index / 10.0)), Assert.Single(replicate.Item)));

            // The median of nine is that of replicate 4, the interval goes from rank 2 to rank 8: replicates 7 and 1.
            Assert.Equal(Math.Exp(bias - 0.4), line.Value.Median, Width * Width);
            Assert.Equal(Math.Exp(bias - 0.7), line.Value.Low, Width);
            Assert.Equal(Math.Exp(bias - 0.1), line.Value.High, Width);
        }
    }

    [Fact]
    public void Every_sequence_length_has_its_own_root()
    {
        var store = new ComputedStore(spec => [Slope(0, Math.Log(spec.SpectralRadius) - (3.0 / spec.SequenceLength))]);
        LocatingSearch search = Run(store, Varied(List("sequence_length", "30", "10", "20")), Radius("lyapunov_max_slope = 0"), Fixed("replicates", "1"));

        CriticalLine[] lines = [.. search.Critical()];
        Assert.Equal([["30"], ["10"], ["20"]], lines.Select(line => search.Coordinates(line.Cell)));
        Assert.All(lines.Zip([30, 10, 20]), pair => AssertRoot(Math.Exp(3.0 / pair.Second), pair.First.Brackets[0].Single()));
    }

    [Fact]
    public void Its_plan_has_the_cells_that_it_read_each_once_in_order()
    {
        var store = new ComputedStore(spec => Enumerable.Range(0, spec.Replicates).Select(r => Slope(r, Math.Log(spec.SpectralRadius) - spec.Bias)));
        foreach (FieldSetting[] axes in new FieldSetting[][]
        {
            [Radius("lyapunov_max_slope = 0"), Varied(List("bias", "0", "0.5")), Varied(List("sequence_length", "30", "10", "20"))],
            [Varied(List("sequence_length", "30", "10", "20")), Varied(List("bias", "0", "0.5")), Radius("lyapunov_max_slope = 0")],
            [Varied(List("bias", "0", "0.5")), Radius("lyapunov_max_slope = 0"), Varied(List("hidden_size", "4", "3"))],
        })
        {
            store.Asked.Clear();
            LocatingSearch search = Run(store, axes);
            CellSpec[] cells = [.. Enumerable.Range(0, (int)search.Plan.CellCount).Select(cell => search.Plan.Cell(cell))];

            Assert.Equal(store.Asked.ToHashSet(), cells.ToHashSet());
            Assert.Equal(cells.Length, cells.Distinct().Count());
            Assert.True(cells.Length < search.Plan.Whole.CellCount, "the lines have points of their own");
            Assert.All(Enumerable.Range(0, cells.Length), cell => Assert.Equal(CellKey.Of(cells[cell]), search.Plan.Planned(cell).Key));
            string[] radii = [.. Enumerable.Range(0, cells.Length).Where(cell => cells[cell] == cells[0] with { SpectralRadius = cells[cell].SpectralRadius })
                .Select(cell => search.Plan.Coordinate(cell, search.Plan.Coordinates.ToList().IndexOf("spectral_radius")))];
            Assert.Equal(radii.OrderBy(double.Parse), radii);
            Assert.InRange(cells.Length - search.Grid.CellCount, 1, search.MostCells.Most);
        }
    }

    [Fact]
    public void Experiments_of_its_plan_are_those_of_its_cells()
    {
        SweepPlan plan = Run(s_shifted, Radius("lyapunov_max_slope = 0"), Fixed("replicates", "9"), Varied(List("bias", "0", "0.5")), Varied(List("sequence_length", "30", "10"))).Plan;
        (CellKey, int)[] readings =
        [
            .. from experiment in Enumerable.Range(0, (int)plan.Experiments.Count).Select(index => plan.Experiments[index])
               from reading in experiment.Readings
               from replicate in Enumerable.Range(0, 9).Where(experiment.Runs)
               select (reading.Key, replicate),
        ];

        Assert.Equal(readings.Length, readings.Distinct().Count());
        Assert.Equal(plan.PlannedCells().SelectMany(cell => Enumerable.Range(0, 9).Select(replicate => (cell.Key, replicate))).ToHashSet(), readings.ToHashSet());
    }

    [Theory]
    [InlineData("2", "0.01")] // to a lesser width
    [InlineData("8", "0.002")] // with more replicates
    public void Points_do_not_depend_on_the_width_or_the_number_of_replicates(string replicates, string width)
    {
        string[] Points(string count, string within) => Texts(Run(s_shifted, Radius("lyapunov_max_slope = 0", within), Fixed("replicates", count)).Plan.Axes[0]);
        string[] points = Points("2", "0.002"), others = Points(replicates, width);
        (string[] fewer, string[] more) = points.Length < others.Length ? (points, others) : (others, points);

        Assert.Subset(more.ToHashSet(), fewer.ToHashSet());
        Assert.All(points, text => Assert.Equal(0, (decimal.Parse(text) - 0.2m) / 0.35m * 256 % 1)); // 0.2 + 0.35 k / 2⁸, exactly
    }

    [Fact]
    public void A_fraction_has_one_root_for_each_line()
    {
        // Vanishing where ρ < 0.6 + r/10: half of ten are for 1 ≤ ρ < 1.1.
        var store = new ComputedStore(spec => Enumerable.Range(0, spec.Replicates).Select(r => Norm(r, spec.SpectralRadius < 0.6 + (r / 10.0) ? -9 : 0)));
        CriticalLine line = Assert.Single(Run(store, Radius("fraction_vanishing = 0.5"), Fixed("replicates", "10")).Critical());
        Bracket bracket = Assert.Single(Assert.Single(line.Brackets));

        Assert.False(line.IsOfReplicates);
        Assert.Equal(BracketStatus.Located, bracket.Status);
        Assert.InRange(1, bracket.Low, bracket.Low + Width);
        Assert.InRange(1.1, bracket.High - Width, bracket.High);
        Assert.Equal(1.05, bracket.Root, Width);
        Assert.Equal((bracket.Low, bracket.High), (line.Value.Low, line.Value.High));
    }

    [Fact]
    public void An_outcome_begins_at_the_root_of_its_replicate()
    {
        var store = new ComputedStore(spec => Enumerable.Range(0, spec.Replicates).Select(r => Norm(r, spec.SpectralRadius < 0.6 + (r / 10.0) ? double.NegativeInfinity : 9)));
        CriticalLine line = Assert.Single(Run(store, Radius("outcome = exploding"), Fixed("replicates", "4")).Critical());

        Assert.All(line.Brackets.Index(), replicate => Assert.InRange(0.6 + (replicate.Index / 10.0), Assert.Single(replicate.Item).Low, Assert.Single(replicate.Item).High));
    }

    [Fact]
    public void Norms_of_minus_infinity_are_below_every_target()
    {
        var store = new ComputedStore(spec => [Norm(0, spec.SpectralRadius < 0.9 ? double.NegativeInfinity : 5)]);
        Bracket bracket = Assert.Single(Assert.Single(Run(store, Radius("log10_spectral_norm = -1000"), Fixed("replicates", "1")).Critical()).Brackets[0]);

        Assert.Equal((Side.Below, Side.Above, BracketStatus.Located), (bracket.LowSide, bracket.HighSide, bracket.Status));
        Assert.InRange(0.9, bracket.Low, bracket.High);
    }

    [Fact]
    public void A_missing_cell_stops_it_and_what_is_stored_later_lets_it_go_on()
    {
        var partly = new ComputedStore(spec => [Slope(0, Math.Log(spec.SpectralRadius))]) { IsMissing = spec => spec.SpectralRadius is > 1 and < 1.01 };
        LocatingSearch search = Start(Radius("lyapunov_max_slope = 0"), Fixed("replicates", "1"));
        while (search.Advance(partly))
        {
        }

        Assert.False(search.IsFinished);
        Assert.False(search.Advance(partly));
        (int round, SweepPlan plan) = (search.Round, search.Plan);
        var whole = new ComputedStore(spec => [Slope(0, Math.Log(spec.SpectralRadius))]);
        while (search.Advance(whole))
        {
        }

        Assert.True(search.IsFinished && search.Round > round && search.Plan.CellCount > plan.CellCount);
        LocatingSearch undisturbed = Run(whole, Radius("lyapunov_max_slope = 0"), Fixed("replicates", "1"));
        Assert.Equal(Texts(undisturbed.Plan.Axes[0]), Texts(search.Plan.Axes[0]));
        AssertRoot(1, search.Critical().Single().Brackets[0].Single());
    }

    // The middle of the grid's points 0.9 and 1.25. A replicate that failed there goes on with the points of another.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Where_all_replicates_have_failed_at_a_point_the_bracket_stays_open(bool allHave)
    {
        var store = new ComputedStore(spec => [Slope(0, Math.Log(spec.SpectralRadius)), Slope(1, Math.Log(spec.SpectralRadius))])
        {
            HasFailed = (spec, replicate) => (allHave || replicate == 1) && spec.SpectralRadius == 1.075,
        };
        CriticalLine line = Run(store, Radius("lyapunov_max_slope = 0"), Fixed("replicates", "2")).Critical().Single();

        Assert.All(line.Brackets, brackets =>
        {
            if (!allHave)
            {
                AssertRoot(1, brackets.Single());
                return;
            }

            Assert.Equal((0.9, 1.25, BracketStatus.Open), (brackets.Single().Low, brackets.Single().High, brackets.Single().Status));
        });
    }

    [Fact]
    public void A_search_without_a_root_ends_with_its_grid()
    {
        LocatingSearch search = Run(s_shifted, Radius("lyapunov_max_slope = 9"));

        Assert.True(search is { IsFinished: true, Round: 0 });
        Assert.Same(search.Grid, search.Plan);
        Assert.Equal(BracketStatus.None, search.Critical().Single().Brackets[0].Single().Status);
    }

    [Theory]
    [InlineData("hidden_size", "1", "40", null, "1")] // whole numbers: the narrowest brackets have two neighbours
    [InlineData("bias_scale", "1e-6", "1e3", "log", "1e-8")]
    [InlineData("transient", "0", "1000", null, "3")]
    public void Other_axes_are_searched_as_well(string field, string from, string to, string? scale, string within)
    {
        double root = field == "bias_scale" ? 2e-5 : 17.5;
        var store = new ComputedStore(spec => [Norm(0, Field(field).Whole(spec) ?? Field(field).Real(spec))]);
        var setting = Searched(field, new RangeText(from, to, Count: "7", Scale: scale), $"log10_spectral_norm_mean = {root}", within);
        LocatingSearch search = Run(store, setting, Fixed("replicates", "1"));
        Bracket bracket = Assert.Single(search.Critical().Single().Brackets[0]);

        Assert.Equal(BracketStatus.Located, bracket.Status);
        Assert.InRange(root, bracket.Low, bracket.High);
        Assert.True(bracket.High - bracket.Low <= double.Parse(within) * (1 + 1e-9));
        Assert.InRange(search.Round, 1, search.Locating.Rounds);
    }

    // The replicate is the same matrix scaled to each radius, so λ of a linear network differs by the logarithm of the radii's ratio, to within the rounding of the norm.
    [Fact]
    public void Points_of_an_axis_are_the_same_draws()
    {
        var spec = new CellSpec { HiddenSize = 12, Activation = ActivationKind.Linear, SequenceLength = 40, Replicates = 5, InitialScale = 0 };
        Reading[] low = Cell.RunAll(spec with { SpectralRadius = 0.9 }), high = Cell.RunAll(spec with { SpectralRadius = 1.1 });

        Assert.All(low.Zip(high), pair => Assert.Equal(Math.Log(1.1 / 0.9), pair.Second.LyapunovMaxSlope - pair.First.LyapunovMaxSlope, 1e-12));
        Assert.Equal(5, low.Select(reading => reading.LyapunovMaxSlope).Distinct().Count());
    }

    // At the fixed point 0 with W = ρ I, ‖P_t‖ ∝ (z + (1 − z) r ρ)^t of a GRU and (f + i o ρ)^t of an LSTM.
    [Theory]
    [InlineData("rnn", "bias", "0", 1)]
    [InlineData("gru", "reset_bias", "0", 2)]
    [InlineData("gru", "reset_bias", "1", 1.367879441171)]
    [InlineData("gru", "reset_bias", "-1", 3.718281828459)]
    [InlineData("lstm", "forget_bias", "0", 2)]
    [InlineData("lstm", "forget_bias", "1", 1.075765685480)]
    [InlineData("lstm", "forget_bias", "-1", 2.924234314520)]
    public void Critical_points_of_networks_are_found(string network, string bias, string value, double critical)
    {
        ExperimentRunner runner = Cell.Runner();
        var store = new ComputedStore(spec => Cell.RunAll(runner, spec));
        LocatingSearch search = Run(
            store, Searched("spectral_radius", new RangeText("0.5", "5", Count: "4"), "lyapunov_max_slope = 0", "0.002"), Fixed("network", network), Fixed(bias, value),
            Fixed("weights", network == "rnn" ? "orthogonal" : "identity"), Fixed("hidden_size", "4"), Fixed("sequence_length", "40"), Fixed("initial_scale", "0"), Fixed("replicates", "2"));

        Assert.All(search.Critical().Single().Brackets, brackets => AssertRoot(critical, Assert.Single(brackets)));
    }

    [Theory]
    [InlineData("lyapunov_max_slope", "0.002", "locate must be column = number")]
    [InlineData("= 1", "0.002", "locate must be column = number")]
    [InlineData("lyapunov_max_slope = fast", "0.002", "but was lyapunov_max_slope = fast")]
    [InlineData("lyapunov_max_slope = .inf", "0.002", "locate must be column = number")]
    [InlineData("outcome = chaotic", "0.002", "outcome = vanishing | stable | exploding, but was outcome = chaotic")]
    [InlineData("outcome = 1", "0.002", "locate must be column = number")]
    [InlineData("lyapunov_max_slope = 0", "0", "to_within must be a finite number > 0 and ≥ 1.6E-12, but was 0")]
    [InlineData("lyapunov_max_slope = 0", "1e-13", "to_within must be a finite number > 0")]
    [InlineData("lyapunov_max_slope = 0", ".nan", "to_within must be a finite number > 0")]
    [InlineData("lyapunov_max_slope = 0", null, "locate needs to_within")]
    [InlineData(null, "0.002", "to_within needs locate")]
    public void A_search_that_makes_no_sense_is_refused(string? locate, string? within, string message)
    {
        var problems = new List<RangeProblem>();

        Assert.Null(Locating.Read(Counted("spectral_radius", "0.2", "1.6", "5"), locate, within, problems));
        Assert.Contains(message, Assert.Single(problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sequence_length", "10", "20", "lyapunov_max_slope = 0", "sequence_length cannot have a locate: all lengths are read off one trajectory")]
    [InlineData("seed", "1", "20", "lyapunov_max_slope = 0", "seed cannot have a locate")]
    [InlineData("hidden_size", "2", "20", "lyapunov_max_slope = 0", "each hidden_size draws other networks; take a column of summary.csv")]
    [InlineData("bias", "0", "20", "lyapunov_max_slop = 0", "but was lyapunov_max_slop; did you mean lyapunov_max_slope?")]
    [InlineData("bias", "0", "20", "fraction_vanish = 0.5", "did you mean fraction_vanishing?")]
    [InlineData("bias", "0", "20", "unstable_fraction = 0.5", "of this sweep, but was unstable_fraction, which needs spectrum or leading in statistics")]
    [InlineData("bias", "0", "20", "participation_ratio_median = 2", "but was participation_ratio_median, which needs activity in statistics")]
    [InlineData("bias", "0", "20", "gradient_mean_lag = 2", "but was gradient_mean_lag, which needs gradient in statistics")]
    [InlineData("bias", "0", "20", "status = 1", "locate must name a column of numbers")]
    public void A_search_that_a_sweep_cannot_make_is_a_broken_rule(string field, string from, string to, string locate, string message)
    {
        var rules = new SweepRules([Searched(field, new RangeText(from, to, Count: "3"), locate, "1")]);

        Assert.Contains(message, Assert.Single(rules.Broken).Message, StringComparison.Ordinal);
        Assert.Equal(field, rules.Broken[0].Field.Name);
    }

    [Theory]
    [InlineData("outcome = stable", true)]
    [InlineData("fraction_vanishing = 0.5", true)]
    [InlineData("log10_spectral_norm = 0", true)]
    [InlineData("log10_gradient_norm_median = 0", true)]
    [InlineData("lyapunov_max = 0", false)]
    [InlineData("lyapunov_max_slope_mean = 0", false)]
    [InlineData("fraction_converged = 0.5", false)]
    [InlineData("lyapunov_sum = 0", false)]
    public void A_column_of_the_product_is_not_searched_where_leading_exponents_alone_are_measured(string locate, bool isRefused)
    {
        var rules = new SweepRules([Searched("bias", new RangeText("0", "20", Count: "3"), locate, "1"), Fixed("statistics", "leading")]);

        Assert.Equal(isRefused, rules.Broken.Any(broken => broken.Message.Contains("is empty without the product of the Jacobians", StringComparison.Ordinal)));
        Assert.Equal(isRefused, rules.Broken.Any());
    }

    [Fact]
    public void Two_searches_and_a_varied_number_of_replicates_are_broken_rules()
    {
        FieldSetting bias = Searched("bias", new RangeText("0", "1", Count: "3"), "lyapunov_max_slope = 0", "0.1");

        Assert.Contains("a sweep locates along one axis", Assert.Single(new SweepRules([Radius("lyapunov_max_slope = 0"), bias]).Broken).Message, StringComparison.Ordinal);
        Assert.Contains("replicates cannot vary", Assert.Single(new SweepRules([bias, Varied(List("replicates", "1", "2"))]).Broken).Message, StringComparison.Ordinal);
        Assert.Contains("threshold cannot vary", Assert.Single(new SweepRules([Varied(List("threshold", "1", "2")), bias]).Broken).Message, StringComparison.Ordinal);
    }

    private static FieldSetting Radius(string locate, string within = "0.002") => Searched("spectral_radius", new RangeText("0.2", "2.3", Count: "7"), locate, within);

    private static FieldSetting Searched(string field, RangeText range, string locate, string within)
    {
        var problems = new List<RangeProblem>();
        RangeAxis grid = Range(field, range);
        Locating? locating = Locating.Read(grid, locate, within, problems);
        Assert.Empty(problems);
        return Varied(grid) with { Locating = locating };
    }

    private static LocatingSearch Start(params FieldSetting[] settings) => new(SweepPlan.Of("search", settings), _ => CellTheory.Unknown);

    private static LocatingSearch Run(IResultStore store, params FieldSetting[] settings)
    {
        LocatingSearch search = Start(settings);
        while (search.Advance(store))
        {
            Assert.True(search.Round <= search.Locating.Rounds);
        }

        Assert.True(search.IsFinished);
        return search;
    }

    // Linear interpolation of ln x or of a logarithm with a smaller second derivative errs by at most w² / 8 · |f''| / |f'|, and |f''| / |f'| ≤ 3 here.
    private static void AssertRoot(double expected, Bracket bracket)
    {
        Assert.Equal((Side.Below, Side.Above, BracketStatus.Located), (bracket.LowSide, bracket.HighSide, bracket.Status));
        Assert.InRange(expected, bracket.Low, bracket.High);
        Assert.True(bracket.High - bracket.Low <= Width * (1 + 1e-9) || bracket.Root == expected); // on both sides of a point at the target
        Assert.Equal(expected, bracket.Root, Width * Width);
    }

    private static Reading Slope(int replicate, double slope) => Norm(replicate, 0) with { LyapunovMaxSlope = slope };

    private static Reading Norm(int replicate, double norm) => new() { Replicate = replicate, Log10SpectralNorm = norm };
}
