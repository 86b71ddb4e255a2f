using System.Collections.Immutable;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports.Comparisons;

/// <summary>A number of replicates by which the cells of two sweeps are compared.</summary>
/// <param name="Name">Its name, as the user gave it.</param>
/// <param name="Unit">Its unit; empty where it is a pure number.</param>
/// <param name="Location">Which location over the replicates is compared.</param>
/// <param name="Value">The number of a reading; NaN where it is not known.</param>
internal sealed record ComparedColumn(string Name, string Unit, Location Location, Func<Reading, double> Value)
{
    private static readonly ImmutableArray<Outcome> s_outcomes = [Outcome.Vanishing, Outcome.Stable, Outcome.Exploding];

    /// <summary>Whether it is 1 or 0, so that the mean is a fraction.</summary>
    public bool IsFraction { get; private init; }

    /// <summary>What is compared, as in "the medians of lyapunov_max (nats per step)".</summary>
    public string Title => (IsFraction, Location) switch
    {
        (true, _) => Name.StartsWith("fraction_", StringComparison.Ordinal) ? $"the fractions {Name}" : $"the fractions of {Name}",
        (_, Location.Mean) => $"the means of {Measured}",
        _ => $"the medians of {Measured}",
    };

    private string Measured => Unit.Length == 0 ? Source : $"{Source} ({Unit})";

    // The name without the suffix that Title says.
    private string Source => Name.EndsWith("_mean", StringComparison.Ordinal) && Location == Location.Mean ? Name[..^"_mean".Length]
        : Name.EndsWith("_median", StringComparison.Ordinal) ? Name[..^"_median".Length]
        : Name;

    /// <summary>The column of a name, or the default one, which <c>show</c> has, too: the spectral norm, else the largest exponent.</summary>
    /// <exception cref="UsageException">The tables of a run have no such column, or it is no median, mean or fraction.</exception>
    public static ComparedColumn Of(string? name, PlanMatch match)
    {
        name ??= match.First.Fixed.MeasuresNorms && match.Second.Fixed.MeasuresNorms ? ReadingColumns.Log10SpectralNorm.Name : ReadingColumns.LyapunovMax.Name;
        ComparedColumn[] columns = [.. All(match)];
        if (columns.FirstOrDefault(column => column.Name == name) is { } found)
        {
            return found;
        }

        string[] names = [.. columns.Select(column => column.Name)];
        string hint = NearestName.Of(name, names) is { } nearest ? $"did you mean {nearest}?" : $"they have {string.Join(", ", names)}";
        throw new UsageException($"rnnsweep: --column must be a number of replicates.csv, or its median, mean or fraction in summary.csv, of both runs, but was '{name}'; {hint}");
    }

    /// <summary>The columns that both sweeps have.</summary>
    public static IEnumerable<ComparedColumn> All(PlanMatch match)
    {
        ReadingColumn[] measured = [.. ReadingColumns.Of(match.First).Intersect(ReadingColumns.Of(match.Second))];
        foreach (ReadingColumn column in measured)
        {
            yield return column switch
            {
                { Kind: ColumnKind.Flag } => Fraction(column.Name, column.Value),
                { Summary: ColumnSummary.Censored } => Censored(column.Name, column),
                _ => new ComparedColumn(column.Name, column.Unit, Location.Median, column.Value),
            };
        }

        foreach (ReadingColumn column in measured)
        {
            if (column.Summary is ColumnSummary.Full or ColumnSummary.Few)
            {
                yield return new ComparedColumn($"{column.Name}_median", column.Unit, Location.Median, column.Value);
            }

            if (column.Summary is ColumnSummary.Full or ColumnSummary.Few or ColumnSummary.Mean)
            {
                yield return new ComparedColumn($"{column.Name}_mean", column.Unit, Location.Mean, column.Value);
            }

            if (column.Summary == ColumnSummary.Fraction)
            {
                yield return Fraction($"fraction_{column.Name}", column.Value);
            }

            if (column.Summary == ColumnSummary.Censored)
            {
                yield return Censored($"{column.Name}_median", column);
            }
        }

        foreach (Outcome outcome in s_outcomes)
        {
            yield return Fraction($"fraction_{ReplicateTable.Text(outcome)}", reading => reading.Outcome == Outcome.Missing ? double.NaN : reading.Outcome == outcome ? 1 : 0);
        }
    }

    private static ComparedColumn Fraction(string name, Func<Reading, double> value) => new(name, "", Location.Mean, value) { IsFraction = true };

    // A lag that the sequence does not reach is longer than all others.
    private static ComparedColumn Censored(string name, ReadingColumn column) => new(
        name, column.Unit, Location.LowerMedian, reading => reading.Lags is null ? double.NaN : column.Value(reading) is var lag && double.IsNaN(lag) ? double.PositiveInfinity : lag);
}
