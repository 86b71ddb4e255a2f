using System.Text.RegularExpressions;
using System.Xml.Linq;
using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Drawing;
using RnnSweep.Client.Reports.Figures;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>Axes and values at the limits of a double: scales and reports are finite and terminate.</summary>
public sealed partial class ExtremeAxesTests
{
    private static readonly double[] s_ends =
    [
        -double.MaxValue, -1e300, -1e155, -1e16, -1, -0.7000000000000001, -0.7, -1e-300, -double.Epsilon, 0, double.Epsilon, 1e-320, 2.2250738585072014e-308, 1e-300,
        1e-16, 0.7, 0.7000000000000001, 0.7000000000000002, 1, 1.0000000001, 5, 1e15, 9007199254740992, 9007199254740994, 1e155, 1e250, 1e300,
        double.BitDecrement(double.MaxValue), double.MaxValue,
    ];

    public static TheoryData<string, string[]> Axes => new()
    {
        { "spectral_radius", ["0.7", "0.7000000000000001"] },
        { "spectral_radius", ["0.7", "0.7000000000000001", "0.7000000000000002"] },
        { "spectral_radius", ["1", "1e250"] },
        { "spectral_radius", ["0", "1e-300", "1.7976931348623157e308"] },
        { "spectral_radius", ["1e-300", "1e-150", "1", "1e150", "1e300"] },
        { "spectral_radius", ["1.7976931348623155e308", "1.7976931348623157e308"] },
        { "spectral_radius", ["1000000", "1000000.0000000001"] },
        { "spectral_radius", ["0.5"] },
        { "density", ["5e-324", "1e-323"] },
        { "density", ["5e-324", "1e-300", "1"] },
        { "density", ["1e-300", "1"] },
        { "bias", ["-1.7976931348623157e308", "1.7976931348623157e308"] },
        { "bias", ["-1.7976931348623157e308", "0", "1.7976931348623157e308"] },
        { "bias", ["-5e-324", "0", "5e-324"] },
        { "bias", ["-0.1", "-0.09999999999999999"] },
        { "input_scale", ["0", "5e-324"] },
        { "input_scale", ["5e-324", "1.7976931348623157e308"] },
        { "leak", ["0.9999999999999999", "1"] },
        { "leak", ["5e-324", "1e-323", "1.5e-323"] },
        { "threshold", ["0", "5e-324", "1.7976931348623157e308"] },
        { "threshold", ["1.7976931348623157e308"] },
        { "threshold", ["5e-324"] },
        { "sequence_length", ["1", "2147483647"] },
        { "sequence_length", ["2147483646", "2147483647"] },
    };

    [Fact]
    public void Scales_of_any_two_doubles_have_few_ticks_and_all_lie_on_them()
    {
        foreach ((double low, double high) in from low in s_ends from high in s_ends where low <= high select (low, high))
        {
            var scales = new List<Scale> { Scale.Linear(low, high) };
            scales.AddRange(new[] { double.Epsilon, 1e-300, 3, 1e300 }.Select(linear => Scale.SignedLog(low, high, linear)));
            scales.AddRange(low > 0 ? [Scale.Log(low, high)] : Array.Empty<Scale>());
            for (int i = 0; i < scales.Count; i++)
            {
                Scale scale = scales[i];
                string what = $"scale {i} from {low:R} to {high:R}";
                Assert.True(scale.Low < scale.High, what);
                Assert.True((scale.Fraction(scale.Low), scale.Fraction(scale.High)) == (0, 1), what);
                Assert.True(scale.Ticks.Count <= 2600, what); // two factors of each of 633 powers of ten, on two sides
                Assert.All(scale.Ticks, tick => Assert.True(double.IsFinite(tick.Value) && scale.Fraction(tick.Value) is > -1e-6 and < 1 + 1e-6, what));
                Assert.True(scale.Ticks.Select(tick => tick.Value).Order().SequenceEqual(scale.Ticks.Select(tick => tick.Value)), what);
                Assert.True(i > 0 || scale.Ticks.Count <= 9, what); // the scale is asked for seven
            }

            Assert.True(scales[0].Ticks.DistinctBy(tick => tick.Label).Count() == scales[0].Ticks.Count, $"{low:R} {high:R}");
        }
    }

    [Fact]
    public void Labels_have_enough_digits_to_be_distinct()
    {
        Assert.Equal("0.7000 0.7001 0.7002", string.Join(' ', Ticks.Linear(0.7, 0.7002, 2).Select(tick => tick.Label)));
        Assert.Equal("1.000002e5 1.000004e5", string.Join(' ', Ticks.Linear(100000.1, 100000.5, 3).Select(tick => tick.Label)));
        Assert.Equal("0.7 0.7000000000000001", string.Join(' ', Ticks.Linear(0.7, 0.7000000000000001, 7).Select(tick => tick.Label)));
    }

    [Theory]
    [MemberData(nameof(Axes))]
    public void Reports_of_extreme_axes_are_written_with_finite_coordinates(string field, string[] values)
    {
        Func<CellSpec, int, double>[] exponents =
        [
            (spec, r) => Math.Log(Math.Max(spec.SpectralRadius, 1e-300)) - (r * 0.1),
            (_, _) => double.NegativeInfinity,
            (_, _) => double.NaN,
            (spec, r) => r == 0 ? double.NegativeInfinity : r == 1 ? double.NaN : spec.SequenceLength,
            (_, r) => 5 + (r * 1e-15),
            (_, r) => r % 2 == 0 ? -1e290 : 1e290,
            (_, r) => r * double.Epsilon,
        ];
        for (int i = 0; i < exponents.Length; i++)
        {
            (string, string[]) other = field == "sequence_length" ? ("spectral_radius", ["0.5", "1.5"]) : ("sequence_length", ["5", "10"]);
            using var sweep = new SyntheticSweep([(field, values), other], exponents[i]);
            Assert.Empty(sweep.Report.Write().Troubles);
            foreach (string file in Directory.EnumerateFiles(sweep.Folder[Report.FiguresFolder]))
            {
                AssertFinite(XDocument.Load(file).Root!, $"{Path.GetFileName(file)} of {field} {string.Join(", ", values)}, exponents {i}");
            }
        }
    }

    [Fact]
    public void Cancellation_ends_the_writing_of_figures_and_sentences()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.5", "1", "2"]), ("sequence_length", ["5", "10"])], (_, r) => r, hasTraces: true);
        using var source = new CancellationTokenSource();
        ReportData data = ReportData.Read(sweep.Plan, sweep.Store, _ => CellTheory.Unknown, cancellation: source.Token);
        var shape = new SweepShape(data);
        Func<FigureSection?>[] figures =
        [
            () => PhaseDiagram.Section(data), () => GrowthCurves.Section(shape), () => ExponentCurves.Section(shape),
            () => OutcomeFractions.Section(shape), () => ReplicateSpread.Section(shape), () => GradientCurves.Section(shape),
        ];
        Assert.All(figures, figure => Assert.NotNull(figure()));
        Assert.NotEmpty(Report.Words(data));
        source.Cancel();
        Assert.All(figures, figure => Assert.Throws<OperationCanceledException>(figure));
        Assert.Throws<OperationCanceledException>(() => Report.Words(data));
    }

    [Fact]
    public void A_transition_between_the_ends_of_the_doubles_lies_between_them()
    {
        using var sweep = new SyntheticSweep([("bias", ["-1.7976931348623157e308", "1.7976931348623157e308"])], (spec, _) => Math.Sign(spec.Bias));
        Assert.Contains("at bias = 0 (", sweep.Words, StringComparison.Ordinal); // λ is −1 and 1
    }

    [Theory]
    [InlineData(double.MaxValue, "1.8e308")]
    [InlineData(-double.MaxValue, "−1.8e308")]
    [InlineData(1e250, "1e250")]
    public void Large_numbers_have_a_power_of_ten_in_sentences(double value, string text)
    {
        Assert.Equal(text, Phrase.Number(value, 2));
        Assert.Equal(text, Phrase.WithErrorDigits(value, Math.Abs(value) / 10));
    }

    private static void AssertFinite(XElement svg, string what)
    {
        Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", svg.ToString(), StringComparison.Ordinal);
        string[] places = ["x", "y", "width", "height", "cx", "cy", "r", "d", "transform", "viewBox"];
        foreach (XAttribute attribute in svg.DescendantsAndSelf().Attributes().Where(attribute => places.Contains(attribute.Name.LocalName)))
        {
            foreach (Match number in Number().Matches(attribute.Value))
            {
                double value = double.Parse(number.Value);
                Assert.True(Math.Abs(value) <= 3000, $"{what}: {attribute.Parent!.Name.LocalName} {attribute}");
            }
        }
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?(E[+-]?\d+)?")]
    private static partial Regex Number();
}
