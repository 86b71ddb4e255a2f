using RnnSweep.Client.Reports;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Runs;

/// <summary>Writes the tables of a run, and a report of the same cells without reading them again.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="plan">The cells.</param>
/// <param name="store">Their results.</param>
/// <param name="theory">The predictions of theory.</param>
/// <param name="search">The search along an axis, whose points are the cells; null where the sweep has none.</param>
internal sealed class RunOutputs(RunFolder folder, SweepPlan plan, IResultStore store, Theory theory, LocatingSearch? search)
{
    private readonly Report _report = Report.Of(folder, plan, store, theory, search);

    /// <summary>Writes all tables, each whole or not at all.</summary>
    /// <param name="cancellation">Stops between two groups of cells.</param>
    /// <param name="format">The format of the tables.</param>
    /// <param name="hasAllFields">Whether they begin with every field of a cell, not only with the axes.</param>
    /// <inheritdoc cref="CsvExport.Write(CancellationToken)" path="/exception"/>
    public ExportCounts WriteTables(CancellationToken cancellation, TableFormat format = TableFormat.Csv, bool hasAllFields = false)
    {
        ICellTable table = hasAllFields ? new AllFieldsTable(plan) : plan;
        // The report of a search with several lines of points has the cells of its grid alone.
        var export = new CsvExport(folder, table, store, new SummaryTable(theory.OfMeasured)) { Visit = _report.Plan == plan ? _report.Gather : null };
        ExportCounts counts = format == TableFormat.Parquet ? new ParquetExport(table, export).Write(cancellation) : export.Write(cancellation);
        if (search is not null)
        {
            new CriticalExport(folder, search).Write(format);
        }

        return counts;
    }

    /// <inheritdoc cref="Report.TryWrite"/>
    public ReportOutcome TryWriteReport(CancellationToken cancellation) => _report.TryWrite(cancellation);

    /// <inheritdoc cref="Report.Sentences"/>
    public IReadOnlyList<string> Sentences => _report.Sentences;

    /// <summary>Prints the paths of the written files to the standard output.</summary>
    /// <param name="shown">The folder as the user named it.</param>
    /// <param name="plan">The cells.</param>
    /// <param name="report">The outcome of the report.</param>
    /// <param name="format">The format of the tables.</param>
    public static void PrintFiles(string shown, SweepPlan plan, ReportOutcome report, TableFormat format = TableFormat.Csv)
    {
        foreach (string file in RunFolder.OutputFiles(plan, report.HasPage(), format))
        {
            Console.WriteLine(Path.Combine(shown, file));
        }
    }
}
