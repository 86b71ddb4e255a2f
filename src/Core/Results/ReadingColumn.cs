using System.Reflection;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Results;

/// <summary>The type of a column's values.</summary>
public enum ColumnKind
{
    /// <summary>A real number; NaN where it is not known.</summary>
    Real,

    /// <summary>A whole number from −2³¹ to 2³¹ − 1; NaN where it is missing.</summary>
    Whole,

    /// <summary>1 for true, 0 for false; NaN where it cannot be determined.</summary>
    Flag,
}

/// <summary>Which statistic a column belongs to.</summary>
public enum ColumnGroup
{
    /// <summary>The norms. Where the leading exponents are the only statistic, those that need a product or a norm of W are empty.</summary>
    Norms,

    /// <summary>The spectrum.</summary>
    Spectrum,

    /// <summary>What both the spectrum and the leading exponents determine.</summary>
    Exponents,

    /// <summary>The leading exponents.</summary>
    Leading,

    /// <summary>The lags.</summary>
    Lags,

    /// <summary>The gradients with respect to parameters.</summary>
    Gradient,

    /// <summary>The activity.</summary>
    Activity,

    /// <summary>The gates, which are measured where the network has them.</summary>
    Gates,
}

/// <summary>How a column is summarised over the replicates of a cell, in <c>summary.csv</c>.</summary>
public enum ColumnSummary
{
    /// <summary>Not summarised.</summary>
    None,

    /// <summary>By mean, spread and quantiles.</summary>
    Full,

    /// <summary>By mean, spread and median.</summary>
    Few,

    /// <summary>By its mean.</summary>
    Mean,

    /// <summary>By the fraction of replicates where it is true.</summary>
    Fraction,

    /// <summary>By the median of a time that may be censored, and the censored fraction.</summary>
    Censored,
}

/// <summary>A column of <c>replicates.csv</c> and of the stores that holds a number or a flag. <see cref="ReadingColumns"/> lists them all.</summary>
public sealed class ReadingColumn
{
    private readonly Func<Reading, double> _get;
    private readonly Action<Reading, double> _set;

    /// <summary>The column of a property of <see cref="Reading"/>.</summary>
    /// <param name="property">The property's name; the column's name is the same in snake case.</param>
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

    /// <summary>The gate that it is a number of; null where it is of none, or of all that the network has.</summary>
    internal GateKind? Gate { get; init; }

    /// <summary>Where the number is undefined in a reading with the status ok, as "where the product is 0"; null where it is always defined.</summary>
    internal string? UndefinedWhere { get; init; }

    /// <summary>Whether it is a number of the candidate of a network with gates; of its recurrent weights, which a minimalRNN's candidate does not have, for true.</summary>
    internal bool? CandidateWeights { get; init; }

    /// <summary>The column's index in <see cref="ReadingColumns.All"/>.</summary>
    internal int Index { get; set; }

    /// <summary>The name in the header.</summary>
    public string Name { get; }

    /// <summary>The type of its values.</summary>
    public ColumnKind Kind { get; }

    /// <summary>The statistic that it belongs to.</summary>
    public ColumnGroup Group { get; }

    /// <summary>The unit; empty where it is a pure number.</summary>
    public string Unit { get; }

    /// <summary>The definition.</summary>
    public string Meaning { get; }

    /// <summary>How it is summarised over replicates.</summary>
    public ColumnSummary Summary { get; }

    /// <summary>The column's value in a reading; NaN where it is not known.</summary>
    public double Value(Reading reading) => _get(reading);

    /// <summary>Writes a stored number into a reading that is being created; returns whether the column can hold it.</summary>
    internal bool Fill(Reading reading, double value)
    {
        _set(reading, value);
        return Kind == ColumnKind.Real || Value(reading).Equals(value); // a whole number or a flag must not change
    }

    // An init-only property has a setter at run time. It is called only on a reading that is being created from a row.
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

    // Log10SpectralNorm is log10_spectral_norm, and Lyapunov1WithinSem is lyapunov_1_within_sem: a single digit is a word.
    private static string SnakeCase(string property) =>
        string.Concat(property.Select((c, i) => i > 0 && (char.IsAsciiLetterUpper(c) || IsSingleDigit(property, i)) ? $"_{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    private static bool IsSingleDigit(string property, int i) =>
        char.IsAsciiDigit(property[i]) && char.IsAsciiLetterLower(property[i - 1]) && !(i + 1 < property.Length && char.IsAsciiDigit(property[i + 1]));
}
