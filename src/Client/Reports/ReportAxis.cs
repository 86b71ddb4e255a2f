using System.Collections.Immutable;
using System.Globalization;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports;

/// <summary>An axis of a sweep as figures show it: its values in the order in which they are drawn, numbers ascending.</summary>
internal sealed class ReportAxis
{
    // From this factor between the ends on, a logarithmic scale is worth reading.
    private const double LeastFactor = 5;

    private readonly bool _areShort;

    public ReportAxis(string name, IEnumerable<string> texts, bool isNumeric)
    {
        Name = name;
        Texts = isNumeric ? [.. texts.OrderBy(Number)] : [.. texts];
        Numbers = isNumeric ? [.. Texts.Select(Number)] : [.. Enumerable.Range(0, Texts.Length).Select(place => (double)place)];
        IsNumeric = isNumeric;
        IsLog = isNumeric && IsGeometric(Numbers);
        _areShort = isNumeric && Texts.Any(text => text.Length > 6) && Numbers.Select(Rounded).Distinct().Count() == Count;
    }

    /// <summary>The field's name, as in the tables.</summary>
    public string Name { get; }

    /// <summary>The values' texts, as in the tables.</summary>
    public ImmutableArray<string> Texts { get; }

    /// <summary>The values; of names, their places.</summary>
    public ImmutableArray<double> Numbers { get; }

    public bool IsNumeric { get; }

    /// <summary>Whether the values are spread by factors rather than by differences.</summary>
    public bool IsLog { get; }

    public int Count => Texts.Length;

    /// <summary>The name with its symbol, for an axis of a figure.</summary>
    public string Label => $"{Name.Replace('_', ' ')}{(Symbol(Name) is { } symbol ? $" {symbol}" : "")}";

    /// <summary>A value for a sentence or a legend: <c>ρ = 0.9</c>.</summary>
    public string Of(int place) => Symbol(Name) is { } symbol ? $"{symbol} = {Short(place)}" : $"{Name.Replace('_', ' ')} {Shown(place)}";

    /// <summary>A value's text for people: a number in four digits, where those still tell it from its neighbours.</summary>
    public string Short(int place) => _areShort ? Rounded(Numbers[place]) : Texts[place];

    /// <summary>The short name of a value's quantity: its symbol, where it has one.</summary>
    public string ShortName => Symbol(Name) ?? Name.Replace('_', ' ');

    /// <summary>The same with a minus that is as wide as a plus, where it is a number.</summary>
    public string Shown(int place) => IsNumeric ? Short(place).Replace('-', '−') : Texts[place];

    public static ReportAxis Of(Axis axis, IEnumerable<long> places) => new(
        axis.Field.Name,
        places.Select(axis.Text),
        axis.Field.Kind is FieldKind.WholeNumber or FieldKind.RealNumber or FieldKind.Word);

    /// <summary>Whether ascending values lie more evenly on a logarithmic scale than on a linear one.</summary>
    public static bool IsGeometric(IReadOnlyList<double> values) =>
        values.Count >= 2 && values[0] > 0 && values[^1] >= LeastFactor * values[0]
        && (values.Count == 2 || Unevenness([.. values.Select(value => Math.Log(value))]) < Unevenness(values));

    // Standard deviation over mean of the gaps.
    private static double Unevenness(IReadOnlyList<double> values)
    {
        double[] gaps = [.. Enumerable.Range(1, values.Count - 1).Select(i => values[i] - values[i - 1])];
        double mean = gaps.Average();
        return Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean))) / mean;
    }

    private static string Rounded(double value) => value.ToString("G4", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string? Symbol(string name) => name switch
    {
        "spectral_radius" => "ρ",
        "sequence_length" => "T",
        "hidden_size" => "N",
        _ => null,
    };
}
