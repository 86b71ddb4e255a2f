using System.Reflection;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>What a column holds.</summary>
public enum ColumnKind
{
    /// <summary>A real number; NaN where it is not known.</summary>
    Real,

    /// <summary>A whole number from −2³¹ to 2³¹ − 1; NaN where there is none.</summary>
    Whole,

    /// <summary>1 for true, 0 for false; NaN where it cannot be said.</summary>
    Flag,
}

/// <summary>Which statistic a column belongs to.</summary>
public enum ColumnGroup
{
    /// <summary>The norms: always measured.</summary>
    Norms,

    /// <summary>The spectrum.</summary>
    Spectrum,

    /// <summary>The lags.</summary>
    Lags,
}

/// <summary>How a column is summarised over the replicates of a cell, in <c>summary.csv</c>.</summary>
public enum ColumnSummary
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By mean, spread and quantiles.</summary>
    Full,

    /// <summary>By mean, spread and median.</summary>
    Few,

    /// <summary>By its mean.</summary>
    Mean,

    /// <summary>By the fraction of true ones.</summary>
    Fraction,

    /// <summary>By the median of a time that may not have come, and the fraction of those.</summary>
    Censored,
}

/// <summary>A column of <c>replicates.csv</c> and of the stores that is a number or a truth. All of them are in <see cref="ReadingColumns"/>.</summary>
public sealed class ReadingColumn
{
    private readonly Func<Reading, double> _get;
    private readonly Action<Reading, double> _set;

    /// <summary>The column of a property of <see cref="Reading"/>.</summary>
    /// <param name="property">The property's name; the column has the same, in snake case.</param>
    /// <param name="group">The statistic that it belongs to.</param>
    /// <param name="unit">Its unit; empty where it is a pure number.</param>
    /// <param name="meaning">Its definition, for the documentation.</param>
    /// <param name="summary">How it is summarised over replicates.</param>
    internal ReadingColumn(string property, ColumnGroup group, string unit, string meaning, ColumnSummary summary)
    {
        (Property, Name, Group, Unit, Meaning, Summary) = (property, SnakeCase(property), group, unit, meaning, summary);
        PropertyInfo info = typeof(Reading).GetProperty(property)!;
        (Kind, _get, _set) = Access(info);
    }

    internal string Property { get; }

    /// <summary>The column's place in <see cref="ReadingColumns.All"/>.</summary>
    internal int Index { get; set; }

    /// <summary>The name in the header.</summary>
    public string Name { get; }

    /// <summary>What it holds.</summary>
    public ColumnKind Kind { get; }

    /// <summary>The statistic that it belongs to.</summary>
    public ColumnGroup Group { get; }

    /// <summary>The unit; empty where it is a pure number.</summary>
    public string Unit { get; }

    /// <summary>The definition.</summary>
    public string Meaning { get; }

    /// <summary>How it is summarised over replicates.</summary>
    public ColumnSummary Summary { get; }

    /// <summary>The value of a reading; NaN where it is not known.</summary>
    public double Value(Reading reading) => _get(reading);

    /// <summary>Fills a reading that is being made with a number that is stored; whether the column can hold it.</summary>
    internal bool Fill(Reading reading, double value)
    {
        _set(reading, value);
        return Kind == ColumnKind.Real || Value(reading).Equals(value); // no fraction of a whole number was cut off
    }

    // An init-only property has a setter at run time; it is called only on a reading that is being made from a row.
    private static (ColumnKind Kind, Func<Reading, double> Get, Action<Reading, double> Set) Access(PropertyInfo property)
    {
        if (property.PropertyType == typeof(double))
        {
            return (ColumnKind.Real, property.GetMethod!.CreateDelegate<Func<Reading, double>>(), property.SetMethod!.CreateDelegate<Action<Reading, double>>());
        }

        if (property.PropertyType == typeof(int?))
        {
            var (get, set) = (property.GetMethod!.CreateDelegate<Func<Reading, int?>>(), property.SetMethod!.CreateDelegate<Action<Reading, int?>>());
            return (ColumnKind.Whole, reading => get(reading) ?? double.NaN, (reading, value) => set(reading, double.IsNaN(value) ? null : (int)value));
        }

        var (truth, setTruth) = (property.GetMethod!.CreateDelegate<Func<Reading, bool?>>(), property.SetMethod!.CreateDelegate<Action<Reading, bool?>>());
        return (
            ColumnKind.Flag,
            reading => truth(reading) switch { null => double.NaN, true => 1, false => 0 },
            (reading, value) => setTruth(reading, double.IsNaN(value) ? null : value != 0));
    }

    // Log10SpectralNorm is log10_spectral_norm.
    private static string SnakeCase(string property) =>
        string.Concat(property.Select((c, i) => char.IsAsciiLetterUpper(c) ? $"{(i > 0 ? "_" : "")}{char.ToLowerInvariant(c)}" : $"{c}"));
}
