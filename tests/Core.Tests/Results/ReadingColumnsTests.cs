using System.Reflection;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Tests.Results;

public sealed class ReadingColumnsTests
{
    private static readonly PropertyInfo[] s_properties =
    [
        .. typeof(Reading).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property =>
            (property.PropertyType == typeof(double) || property.PropertyType == typeof(int?) || property.PropertyType == typeof(bool?))
            && property.Name is not nameof(Reading.StatusStep)),
    ];

    [Fact]
    public void Every_number_and_boolean_of_a_reading_is_a_column_with_its_name_in_snake_case()
    {
        Assert.Equal(s_properties.Select(property => Snake(property.Name)).Order(), ReadingColumns.All.Select(column => column.Name).Order());
        Assert.Distinct(ReadingColumns.All.Select(column => column.Name));
    }

    [Fact]
    public void A_column_has_the_value_of_its_property_alone_and_fills_it()
    {
        foreach (PropertyInfo property in s_properties)
        {
            (ColumnKind kind, (object? Value, double Number)[] values) = property.PropertyType == typeof(double)
                ? (ColumnKind.Real, new (object?, double)[] { (-1.5, -1.5), (double.NegativeInfinity, double.NegativeInfinity), (double.NaN, double.NaN) })
                : property.PropertyType == typeof(int?)
                    ? (ColumnKind.Whole, [(7, 7), (int.MaxValue, int.MaxValue), (null, double.NaN)])
                    : (ColumnKind.Flag, [(true, 1), (false, 0), (null, double.NaN)]);
            ReadingColumn column = ReadingColumns.All.Single(column => column.Name == Snake(property.Name));
            Assert.Equal(kind, column.Kind);
            foreach ((object? value, double number) in values)
            {
                var reading = new Reading();
                property.SetValue(reading, value);
                Assert.Equal(number, column.Value(reading));
                Assert.All(ReadingColumns.All.Where(other => other != column), other => Assert.Equal(double.NaN, other.Value(reading)));

                var filled = new Reading();
                column.Fill(filled, number);
                Assert.Equal(reading, filled);
            }
        }
    }

    [Fact]
    public void A_column_belongs_to_the_statistic_that_measures_it()
    {
        static IEnumerable<string> Names(bool spectrum, bool lags) =>
            ReadingColumns.Of(new CellSpec { MeasuresSpectrum = spectrum, MeasuresLags = lags }).Select(column => column.Name);
        Assert.Equal(ReadingColumns.All.Where(column => column.Group is not (ColumnGroup.Gates or ColumnGroup.Leading or ColumnGroup.Gradient or ColumnGroup.Activity)).Select(column => column.Name), Names(true, true));
        Assert.Equal(Names(true, true).Except(Names(false, false)), Names(true, false).Except(Names(false, false)).Concat(Names(false, true).Except(Names(false, false))));
        Assert.Equal(["vanishing_lag", "exploding_lag", "halving_lag"], Names(false, true).Except(Names(false, false)));

        // A cell's own readings have numbers in its columns and in no others.
        foreach ((bool spectrum, bool lags) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            Reading reading = Experiments.Cell.Run(new CellSpec { HiddenSize = 6, SpectralRadius = 1.1, SequenceLength = 40, Threshold = 0, MeasuresSpectrum = spectrum, MeasuresLags = lags });
            IEnumerable<string> known = ReadingColumns.All.Where(column => !double.IsNaN(column.Value(reading))).Select(column => column.Name);
            Assert.Equal(Names(spectrum, lags).Except(["vanishing_lag", "exploding_lag", "halving_lag"]), known.Except(["vanishing_lag", "exploding_lag", "halving_lag"]));
            Assert.Equal(lags, known.Any(name => name is "vanishing_lag" or "exploding_lag")); // for a threshold of 0 every length but 1 is beyond it
        }
    }

    [Theory]
    [InlineData(NetworkKind.Rnn, 4)]
    [InlineData(NetworkKind.Gru, 4 + (3 * 3))]
    [InlineData(NetworkKind.Lstm, 4 + (4 * 3))]
    [InlineData(NetworkKind.Minimal, 4 + 5)] // its candidate has no recurrent weights
    public void A_cell_with_gradients_has_numbers_in_the_columns_of_its_blocks_and_in_no_others(NetworkKind network, int count)
    {
        CellSpec spec = new() { HiddenSize = 4, Network = network, SequenceLength = 9, InputScale = 1, MeasuresGradient = true };
        string[] measured = [.. ReadingColumns.Of(spec).Where(column => column.Group == ColumnGroup.Gradient).Select(column => column.Name)];
        Reading reading = Experiments.Cell.Run(spec);
        Assert.Equal(measured, ReadingColumns.All.Where(column => column.Group == ColumnGroup.Gradient && !double.IsNaN(column.Value(reading))).Select(column => column.Name));
        Assert.Equal(count, measured.Length);
    }

    [Fact]
    public void Leading_exponents_alone_leave_out_what_needs_the_product_or_a_norm()
    {
        CellSpec spec = new() { HiddenSize = 6, SpectralRadius = 1.1, SequenceLength = 40, MeasuresNorms = false, MeasuresLeading = true };
        Reading reading = Experiments.Cell.Run(spec);
        string[] expected =
        [
            "lyapunov_max", "lyapunov_max_slope", "lyapunov_max_within_sem", "converged", "mean_slope", "mean_log_slope", "unstable_fraction", "entropy_rate", "kaplan_yorke_dimension",
            "lyapunov_1", "lyapunov_1_within_sem", "lyapunov_2", "lyapunov_2_within_sem", "lyapunov_sum",
        ];
        Assert.Equal(expected, ReadingColumns.All.Where(column => !double.IsNaN(column.Value(reading))).Select(column => column.Name));
        Assert.Empty(expected.Except(ReadingColumns.Of(spec).Select(column => column.Name)));
        Assert.Equal(Outcome.Missing, reading.Outcome);
    }

    [Fact]
    public void Every_column_has_a_meaning() => Assert.All(ReadingColumns.All, column => Assert.NotEmpty(column.Meaning));

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"))
            .Replace("lyapunov1", "lyapunov_1", StringComparison.Ordinal).Replace("lyapunov2", "lyapunov_2", StringComparison.Ordinal);
}
