namespace RnnSweep.Client.Reports;

/// <summary>The outcome of writing a report after the tables.</summary>
internal enum ReportOutcome
{
    /// <summary>Page and figures are written.</summary>
    Written,

    /// <summary>The page is written, and names the parts that could not be made or written.</summary>
    Incomplete,

    /// <summary>No page was written; that of an earlier report may remain.</summary>
    NotWritten,

    /// <summary>Ctrl-C came before the page was written.</summary>
    Interrupted,
}

internal static class ReportOutcomes
{
    /// <summary>Whether report.html was written.</summary>
    public static bool HasPage(this ReportOutcome outcome) => outcome is ReportOutcome.Written or ReportOutcome.Incomplete;
}

/// <summary>Numbers of cells by state, over the sweep of a report.</summary>
internal sealed record ReportCounts(long Done, long Failed, long Missing)
{
    /// <summary>The parts of the report that could not be made or written, each with its reason.</summary>
    public IReadOnlyList<string> Troubles { get; init; } = [];

    /// <summary>Prints the troubles to the error stream.</summary>
    public void PrintTroubles()
    {
        foreach (string trouble in Troubles)
        {
            Console.Error.WriteLine($"the report is not complete: {trouble}");
        }
    }
}
