using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary>A column whose numbers a table of cells shows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Title">What the table shows.</param>
/// <param name="Number">Its number in the summary of a cell; NaN where it is not known.</param>
/// <param name="IsTheory">Whether the number is one of theory.</param>
internal sealed record ShownColumn(string Name, string Title, Func<CellSummary, double> Number, bool IsTheory)
{
    /// <summary>A column of summary.csv; or one of replicates.csv, of which the median over the replicates is shown, of a flag the fraction.</summary>
    /// <exception cref="UsageException">The run's tables have no such column.</exception>
    public static ShownColumn Of(string name, SweepPlan plan)
    {
        if (SummaryTable.Columns(plan).FirstOrDefault(column => column.Name == name) is { Number: { } number })
        {
            return new ShownColumn(name, name, number, name.StartsWith("theory_", StringComparison.Ordinal));
        }

        if (ReadingColumns.Of(plan).FirstOrDefault(column => column.Name == name) is { } measured)
        {
            string unit = measured.Unit.Length == 0 ? "" : $", {measured.Unit}";
            string median = plan.Fixed.Replicates == 1 && !plan.Coordinates.Contains("replicates") ? "" : "median over the replicates of ";
            return measured.Kind switch
            {
                ColumnKind.Flag => new ShownColumn(name, $"fraction of the replicates with {name}", summary => summary.Fraction(measured), IsTheory: false),
                ColumnKind.Whole => new ShownColumn(name, $"{median}{name}{unit}", summary => summary.Median(measured).Median, IsTheory: false),
                _ => new ShownColumn(name, $"{median}{name}{unit}", summary => summary.Statistics(measured).Median, IsTheory: false),
            };
        }

        string[] names = [.. Names(plan)];
        string hint = NearestName.Of(name, names) is { } nearest ? $"did you mean {nearest}?" : $"it has {string.Join(", ", names)}";
        throw new UsageException($"rnnsweep: --column must be a column of summary.csv or replicates.csv of this run, but was '{name}'; {hint}");
    }

    /// <summary>The names of the columns of a run.</summary>
    public static IEnumerable<string> Names(SweepPlan plan) => SummaryTable.Columns(plan).Select(column => column.Name).Concat(ReadingColumns.Of(plan).Select(column => column.Name));

    /// <summary>The short text of a cell, with four digits, in the colour of its outcome.</summary>
    public CellPreview Preview(StoredCell cell, Theory theory)
    {
        CellSummary? summary = cell.Result is { } result ? CellSummary.Of(result, IsTheory ? theory.OfMeasured(result.Spec) : CellTheory.Unknown) : null;
        CellPreview preview = CellPreview.Of(summary, hasFailed: cell.Failure is not null);
        return summary is null ? preview : preview with { Text = Text(Number(summary)) };
    }

    private static string Text(double number) => number switch
    {
        double.NaN => CellPreview.Unknown,
        double.NegativeInfinity => "-∞",
        double.PositiveInfinity => "∞",
        0 => "0",
        _ => Math.Abs(number) is >= 1e-4 and < 1e6 ? number.ToString("G4") : number.ToString("0.###e0"),
    };
}
