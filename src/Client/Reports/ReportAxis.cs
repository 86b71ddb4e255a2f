using System.Collections.Immutable;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports;

/// <summary>An axis of a sweep as figures show it: its values in the order in which they are drawn, numbers ascending.</summary>
internal sealed class ReportAxis
{
    private const char Square = '²';

    // The least ratio of the ends for a logarithmic scale.
    private const double LeastFactor = 5;

    // Longer names are shortened: at the start where all names share a long prefix, else in the middle.
    private const int MostLetters = 30, LongPrefix = 8;

    private readonly ImmutableArray<string> _short, _inTable;
    private readonly int _prefixLength;
    private readonly string? _label;

    /// <param name="name">The field's name.</param>
    /// <param name="texts">The values' texts, in the order of the plan.</param>
    /// <param name="numbers">Their numbers; null where they are names.</param>
    /// <param name="label">What the sweep calls the axis; null for the field's name and symbol. Where it ends in ², figures and sentences have the squares of the values.</param>
    public ReportAxis(string name, IReadOnlyList<string> texts, IReadOnlyList<double>? numbers = null, string? label = null)
    {
        (Name, _label) = (name, label);
        IsSquared = numbers is not null && label?.EndsWith(Square) == true && numbers.All(number => number >= 0 && double.IsFinite(number * number));
        Order = [.. Enumerable.Range(0, texts.Count).OrderBy(i => numbers?[i] ?? i)];
        Texts = [.. Order.Select(i => texts[i])];
        ImmutableArray<double> values = [.. Order.Select(i => numbers?[i] ?? i)];
        Numbers = IsSquared ? [.. values.Select(value => value * value)] : values;
        bool isNumeric = numbers is not null;
        IsNumeric = isNumeric;
        Total = Texts.Length;
        IsLog = isNumeric && IsGeometric(Numbers);
        _short = IsSquared ? Squares() : isNumeric ? Rounded(values, 4) : WithoutFolder(Texts);
        _prefixLength = isNumeric ? 0 : CommonPrefixLength(_short);
        _inTable = isNumeric ? Rounded(values, ReportColumns.Digits) : _short;
    }

    /// <summary>The field's name, as in the tables.</summary>
    public string Name { get; }

    /// <summary>The index of each value in the plan's order.</summary>
    public ImmutableArray<int> Order { get; }

    /// <summary>The values' texts, as in the tables.</summary>
    public ImmutableArray<string> Texts { get; }

    /// <summary>Whether figures have the squares of the values.</summary>
    public bool IsSquared { get; }

    /// <summary>The value of the field for a number of the axis, which is between those of the sweep or one of them.</summary>
    public double ValueOf(double number) => IsSquared ? Math.Sqrt(number) : number;

    /// <summary>The values, or their squares; for names, their positions.</summary>
    public ImmutableArray<double> Numbers { get; }

    public bool IsNumeric { get; }

    /// <summary>Whether the values are spread by factors rather than by differences.</summary>
    public bool IsLog { get; }

    /// <summary>Number of the values that are shown.</summary>
    public int Count => Texts.Length;

    /// <summary>Number of values, with those that are left out where the sweep is too large for a page.</summary>
    public long Total { get; private init; }

    /// <summary>The name with its symbol, for an axis of a figure.</summary>
    public string Label => _label ?? $"{Name.Replace('_', ' ')}{(Symbol is { } symbol ? $"\u00A0{symbol}" : "")}";

    /// <summary>The heading of the page's table, which has the values themselves: the field's name, after the label that the sweep gives it.</summary>
    public string Heading => _label is null ? Name : $"{OfValue} ({Name})";

    /// <summary><see cref="Prefix"/> before the value itself, also where figures have its square.</summary>
    public string PrefixOfValue => IsSquared ? $"{OfValue} = " : Prefix;

    private string? OfValue => IsSquared ? _label!.TrimEnd(Square).TrimEnd() : _label;

    /// <summary>A value for a sentence or a legend: <c>ρ = 0.9</c>.</summary>
    public string LabelOf(int place) => $"{Prefix}{Shown(place)}";

    /// <summary>The text before a value: <c>ρ = </c>, or the name and a space.</summary>
    public string Prefix => Symbol is { } symbol ? $"{symbol} = " : $"{Name.Replace('_', ' ')} ";

    /// <summary>
    /// The short text of a value: a number in four digits if the values stay distinct; a file's name without the folder that all have in common.
    /// </summary>
    public string Short(int place) => _short[place];

    /// <summary>The text of a value in the page's table: a number in the page's digits if the values stay distinct; a name as in <see cref="Short"/>.</summary>
    public string InTable(int place) => _inTable[place];

    /// <summary>The axis' symbol; its name where it has none.</summary>
    public string ShortName => Symbol ?? Name.Replace('_', ' ');

    /// <summary><see cref="Short"/> for figures and sentences: a number with the minus sign U+2212, a long name shortened.</summary>
    public string Shown(int place) => IsNumeric ? Short(place).Replace('-', '−')
        : Short(place) is not { Length: > MostLetters } name ? Short(place)
        : _prefixLength >= LongPrefix && name.Length - _prefixLength < MostLetters ? $"…{name[_prefixLength..]}"
        : $"{name[..8]}…{name[^(MostLetters - 9)..]}";

    public static ReportAxis Of(Axis axis, IEnumerable<long> places, string? label = null) => Of(axis.Field, [.. places.Select(axis.Value)], axis.Count, label);

    /// <summary>An axis of values of a field, some of <paramref name="total"/>.</summary>
    public static ReportAxis Of(SweepField field, FieldValue[] values, long total, string? label = null)
    {
        // A word is a seed, which only names a draw. Checkpoints have numbers, too.
        bool canBeNumeric = field.Kind is FieldKind.WholeNumber or FieldKind.RealNumber || field == SweepFields.Network;
        bool isNumeric = canBeNumeric && values.All(value => !double.IsNaN(value.Number));
        return new(field.Name, Array.ConvertAll(values, value => value.Text), isNumeric ? Array.ConvertAll(values, value => value.Number) : null, label) { Total = total };
    }

    /// <summary>Whether ascending values lie more evenly on a logarithmic scale than on a linear one.</summary>
    public static bool IsGeometric(IReadOnlyList<double> values) =>
        values.Count >= 2 && values[0] > 0 && values[^1] >= LeastFactor * values[0]
        && (values.Count == 2 || Unevenness([.. values.Select(value => Math.Log(value))]) < Unevenness(values));

    // The coefficient of variation of the gaps.
    private static double Unevenness(IReadOnlyList<double> values)
    {
        double[] gaps = [.. Enumerable.Range(1, values.Count - 1).Select(i => values[i] - values[i - 1])];
        double mean = gaps.Average();
        double variance = gaps.Average(gap => (gap - mean) * (gap - mean));
        return double.IsFinite(variance) ? Math.Sqrt(variance) / mean : Math.Sqrt(gaps.Average(gap => ((gap / mean) - 1) * ((gap / mean) - 1)));
    }

    private ImmutableArray<string> Squares()
    {
        ImmutableArray<string> rounded = [.. Numbers.Select(value => Plain(value.ToString("G4")))];
        return rounded.Distinct().Count() == Count ? rounded : [.. Numbers.Select(value => Plain(value.ToString("G15")))];
    }

    private ImmutableArray<string> Rounded(ImmutableArray<double> values, int digits)
    {
        ImmutableArray<string> rounded = [.. values.Select(value => Plain(value.ToString($"G{digits}")))];
        bool areDistinct = Texts.Any(text => text.Length > digits + 2) && rounded.Distinct().Count() == Count;
        return areDistinct ? rounded : [.. Texts.Select(Plain)];
    }

    /// <summary>A number's text with a short exponent: <c>1e250</c> for <c>1E+250</c>.</summary>
    internal static string Plain(string number) =>
        number.Replace("E+", "e", StringComparison.Ordinal).Replace("E-0", "e-", StringComparison.Ordinal).Replace('E', 'e');

    private static ImmutableArray<string> WithoutFolder(ImmutableArray<string> names)
    {
        int folder = names[0].AsSpan(0, CommonPrefixLength(names)).LastIndexOfAny('/', '#') + 1;
        return [.. names.Select(name => name[folder..])];
    }

    private static int CommonPrefixLength(ImmutableArray<string> names) =>
        names.Length < 2 ? 0 : Enumerable.Range(0, names.Min(name => name.Length)).TakeWhile(i => names.All(name => name[i] == names[0][i])).Count();

    private string? Symbol => _label ?? Name switch
    {
        "spectral_radius" => "ρ",
        "sequence_length" => "T",
        "hidden_size" => "N",
        _ => null,
    };
}
