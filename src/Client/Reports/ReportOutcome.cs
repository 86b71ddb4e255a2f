namespace RnnSweep.Client.Reports;

/// <summary>What became of a report that is written after the tables.</summary>
internal enum ReportOutcome
{
    /// <summary>Page and figures are written.</summary>
    Written,

    /// <summary>The page is written, and says which of its parts could not be made or written.</summary>
    Incomplete,

    /// <summary>There is no page, or still that of an earlier report.</summary>
    NotWritten,

    /// <summary>Ctrl-C came before the page was written.</summary>
    Interrupted,
}

internal static class ReportOutcomes
{
    /// <summary>Whether report.html is of what is stored now.</summary>
    public static bool HasPage(this ReportOutcome outcome) => outcome is ReportOutcome.Written or ReportOutcome.Incomplete;
}

/// <summary>Where the cells of a sweep stand that a report is about.</summary>
internal sealed record ReportCounts(long Done, long Failed, long Missing)
{
    /// <summary>The parts of the report that could not be made or written, each with its reason.</summary>
    public IReadOnlyList<string> Troubles { get; init; } = [];

    /// <summary>Says the troubles on the error stream.</summary>
    public void Tell()
    {
        foreach (string trouble in Troubles)
        {
            Console.Error.WriteLine($"the report is not complete: {trouble}");
        }
    }
}
