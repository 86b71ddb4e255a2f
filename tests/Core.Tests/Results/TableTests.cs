using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using Outcome = RnnSweep.Core.Experiments.Outcome;

namespace RnnSweep.Core.Tests.Results;

public sealed class TableTests
{
    private static readonly CellSpec s_all = new() { MeasuresSpectrum = true, MeasuresLags = true, MeasuresGradient = true, MeasuresActivity = true, MeasuresLeading = true };

    private static readonly SummaryTable WithoutTheory = new(_ => CellTheory.Unknown);

    [Theory]
    [InlineData(double.NaN, "")]
    [InlineData(double.NegativeInfinity, "-Infinity")]
    [InlineData(0.0, "0")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(-30102.999566398114, "-30102.999566398114")]
    public void A_number_is_written_in_the_shortest_text_that_reads_back(double value, string text) => Assert.Equal(text, FieldText.Of(value));

    /// <summary>Over all bit patterns, whose texts have all lengths: a double needs at most 24 characters, 17 of them digits.</summary>
    [Fact]
    public void The_bytes_of_a_number_are_its_text() => Prop.ForAll(ArbMap.Default.ArbFor<long>(), bits =>
    {
        double value = BitConverter.Int64BitsToDouble(bits * 0x61C8864680B583EB);
        var bytes = new byte[FieldText.MostBytes];
        return Encoding.UTF8.GetString(bytes.AsSpan(0, FieldText.Write(value, bytes))) == FieldText.Of(value);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Zero_is_written_without_a_sign() => Assert.Equal("0", FieldText.Of(-0.0));

    [Fact]
    public void Every_number_of_a_replicate_has_its_own_column()
    {
        // Each property in turn is the only known one; exactly one column, a different one each time, shows it.
        TableColumn<Reading>[] all = [.. Enum.GetValues<NetworkKind>().SelectMany(network => ReplicateTable.Columns(s_all with { Network = network })).DistinctBy(column => column.Name)];
        var shown = new HashSet<string>();
        foreach (var property in typeof(Reading).GetProperties().Where(p => p.PropertyType == typeof(double)))
        {
            var replicate = new Reading();
            property.SetValue(replicate, 42.5);
            TableColumn<Reading> column = Assert.Single(all, c => c.Text(replicate) == "42.5");
            Assert.Equal(column.Name, Snake(property.Name));
            Assert.True(shown.Add(column.Name));
        }

        Assert.Equal(all.Length - 7, shown.Count); // converged, three lags, and the texts
    }

    [Fact]
    public void Outcome_and_status_have_the_texts_of_their_names()
    {
        Assert.Equal(["", "vanishing", "stable", "exploding"], Enum.GetValues<Outcome>().Select(ReplicateTable.Text));
        Assert.Equal(
            ["ok", "state-overflow", "zero-radius", "zero-gradient", "no-convergence", "unresolved"],
            Enum.GetValues<ReplicateStatus>().Select(ReplicateTable.Text));
        Assert.Equal("0", Field(new Reading { StatusStep = 0 }, "status_step"));
        Assert.Equal("", Field(new Reading(), "status_step"));

        static string Field(Reading replicate, string name) => ReplicateTable.Columns(s_all).Single(c => c.Name == name).Text(replicate);
    }

    [Fact]
    public void A_summary_uses_known_values_only()
    {
        Dictionary<string, string> row = Row(
            WithoutTheory,
            new Reading { Log10SpectralNorm = 1, LyapunovMax = 0.5, Outcome = Outcome.Stable },
            new Reading { Log10SpectralNorm = 5, LyapunovMax = 1.5, Outcome = Outcome.Exploding },
            new Reading { Log10SpectralNorm = 6, LyapunovMax = 2.5, Outcome = Outcome.Exploding },
            new Reading { Log10SpectralNorm = double.NegativeInfinity, LyapunovMax = 3.5, Outcome = Outcome.Vanishing },
            new Reading { Status = ReplicateStatus.StateOverflow, StatusStep = 7 });

        Assert.Equal(("5", "0"), (row["count"], row["count_ok"])); // all lack the other norms
        Assert.Equal(("0.25", "0.25", "0.5"), (row["fraction_vanishing"], row["fraction_stable"], row["fraction_exploding"]));
        Assert.Equal(("2", "0.5", "3.5"), (row["lyapunov_max_mean"], row["lyapunov_max_min"], row["lyapunov_max_max"]));
        Assert.Equal(("-Infinity", "", "3"), (row["log10_spectral_norm_mean"], row["log10_spectral_norm_sd"], row["log10_spectral_norm_median"]));
        Assert.Equal(("", ""), (row["log10_gradient_norm_mean"], row["theory_lyapunov_max"]));
    }

    [Fact]
    public void Statistics_that_no_cell_measures_have_no_columns()
    {
        string[] Names(CellSpec spec) =>
            [.. ReplicateTable.Columns(spec).Select(column => column.Name), .. SummaryTable.Columns(spec).Select(column => column.Name)];
        string[] none = Names(new CellSpec()), all = Names(s_all);
        Assert.Equal(none, all.Where(none.Contains));
        string[] spectrum = Names(new CellSpec { MeasuresSpectrum = true }), lags = Names(new CellSpec { MeasuresLags = true }), leading = Names(new CellSpec { MeasuresLeading = true });
        string[] gradient = Names(new CellSpec { MeasuresGradient = true }), activity = Names(new CellSpec { MeasuresActivity = true });
        Assert.Equal(all.Except(none).Order(), spectrum.Union(leading).Union(lags).Union(gradient).Union(activity).Except(none).Order());
        Assert.All(gradient.Except(none), name => Assert.Contains("gradient", name, StringComparison.Ordinal));
        Assert.Empty(gradient.Except(none).Intersect([.. spectrum, .. leading, .. lags]));
        Assert.All(leading.Except(spectrum), name => Assert.StartsWith("lyapunov_", name, StringComparison.Ordinal));
        Assert.All(lags.Except(none), name => Assert.Contains("_lag", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Rates_and_lags_are_summarised_over_known_values()
    {
        Dictionary<string, string> row = Row(
            WithoutTheory,
            new Reading { LyapunovMaxSlope = 1, LyapunovMaxWithinSem = 0.25, Converged = true, Lags = new LagsResult(), VanishingLag = 30 },
            new Reading { LyapunovMaxSlope = 4, LyapunovMaxWithinSem = 0.75, Converged = false, Lags = new LagsResult(), VanishingLag = 10 },
            new Reading { LyapunovMaxSlope = 2.5, Converged = true, Lags = new LagsResult(), ExplodingLag = 5 },
            new Reading { EntropyRate = 0.5, KaplanYorkeDimension = 3 });

        Assert.Equal(("2.5", "1.5", "2.5"), (row["lyapunov_max_slope_mean"], row["lyapunov_max_slope_sd"], row["lyapunov_max_slope_median"]));
        Assert.Equal(("0.5", "0.6666666666666666"), (row["lyapunov_max_within_sem_mean"], row["fraction_converged"]));
        Assert.Equal(("0.5", "3"), (row["entropy_rate_mean"], row["kaplan_yorke_dimension_median"]));
        Assert.Equal(("30", "0.3333333333333333"), (row["vanishing_lag_median"], row["vanishing_lag_censored"]));
        Assert.Equal(("", "0.6666666666666666"), (row["exploding_lag_median"], row["exploding_lag_censored"]));
    }

    [Fact]
    public void A_replicate_has_its_rows_even_if_its_numbers_are_unknown()
    {
        var spec = new CellSpec { HiddenSize = 2, SequenceLength = 10, MeasuresSpectrum = true, MeasuresLags = true, LagCount = 2 };
        var spectrum = new SpectrumResult { Log10SingularValues = new([3, double.NaN]) };
        Assert.Equal(
            [new SpectrumRow(1, 0.3 * Math.Log(10), 3), new SpectrumRow(2, double.NaN, double.NaN)],
            SpectrumTable.Rows(spec, new Reading { Spectrum = spectrum }),
            (a, b) => a.Index == b.Index && a.Log10SingularValue.Equals(b.Log10SingularValue) && Math.Abs(a.Lyapunov - b.Lyapunov) is < 1e-15 or double.NaN);
        spectrum = spectrum with { FrameExponents = new([0.25, double.NaN]) };
        Assert.Equal(0.25, SpectrumTable.Rows(spec, new Reading { Spectrum = spectrum }).First().Lyapunov);
        var few = new CellSpec { HiddenSize = 5, SequenceLength = 2, MeasuresLeading = true, Leading = 2 };
        var leading = new LeadingResult { Exponents = new([0.5, double.NaN]), WithinSems = new([0.25, double.NaN]), History = new([1, 2, 0.5, double.NaN]) };
        Assert.Equal([new LeadingRow(1, 0.5, 0.25), new LeadingRow(2, double.NaN, double.NaN)], LeadingTable.Rows(few, new Reading { Leading = leading }));
        Assert.Equal([new HistoryRow(1, 1, 1), new HistoryRow(1, 2, 2), new HistoryRow(2, 1, 0.5), new HistoryRow(2, 2, double.NaN)], HistoryTable.Rows(few, new Reading { Leading = leading }));
        Assert.Equal([1, 2], LeadingTable.Rows(few, new Reading()).Select(row => row.Index));
        Assert.Empty(HistoryTable.Rows(few, new Reading()));
        Assert.Equal([1, 10], LagsTable.Rows(LagGrid.Of(spec), new Reading()).Select(row => row.Lag));
        Assert.All(SpectrumTable.Rows(spec, new Reading()), row => Assert.Equal("", SpectrumTable.Columns[1].Text(row)));
    }

    [Fact]
    public void A_cell_without_known_numbers_has_its_count_and_its_theory()
    {
        Dictionary<string, string> row = Row(new SummaryTable(spec => CellTheory.Unknown with { LyapunovMax = -spec.SpectralRadius }), new Reading { Status = ReplicateStatus.ZeroRadius });
        Assert.Equal(["count", "count_ok", "theory_lyapunov_max"], row.Where(field => field.Value != "").Select(field => field.Key));
        Assert.Equal(("1", "0", "-1"), (row["count"], row["count_ok"], row["theory_lyapunov_max"]));
    }

    [Fact]
    public void A_cell_that_failed_has_a_count_of_0_and_nothing_else()
    {
        CellSummary failed = new SummaryTable(_ => new CellTheory(1, 1, 1, 1)).Summarize(new CellSpec(), null);
        Assert.Equal(["0", "0"], SummaryTable.Columns(s_all).Take(2).Select(column => column.Text(failed)));
        Assert.All(SummaryTable.Columns(s_all).Skip(2), column => Assert.Equal("", column.Text(failed)));
    }

    private static Dictionary<string, string> Row(SummaryTable table, params Reading[] replicates)
    {
        var spec = new CellSpec();
        CellSummary summary = table.Summarize(spec, new CellResult(spec, CellKey.Of(spec), [.. replicates]));
        return SummaryTable.Columns(s_all).ToDictionary(column => column.Name, column => column.Text(summary));
    }

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"))
            .Replace("lyapunov1", "lyapunov_1", StringComparison.Ordinal).Replace("lyapunov2", "lyapunov_2", StringComparison.Ordinal);
}
