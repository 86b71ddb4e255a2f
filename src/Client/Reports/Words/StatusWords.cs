namespace RnnSweep.Client.Reports.Words;

/// <summary>What is missing or failed, and why; and what the page leaves out.</summary>
internal static class StatusWords
{
    private const int MostReasons = 5;

    public static IEnumerable<string> Of(ReportData data)
    {
        if (data.Done == data.CellCount)
        {
            yield return $"{(data.CellCount == 1 ? "The cell is" : $"All {data.CellCount} cells are")} done"
                + (data.Troubles.Count == 0 ? ", and no number is missing." : ".");
        }
        else
        {
            yield return $"{data.Done} of {Phrase.Count(data.CellCount, "cell")} {(data.Done == 1 ? "is" : "are")} done; {data.Failed} failed, and {data.Missing} "
                + $"{(data.Missing == 1 ? "is" : "are")} not computed yet.";
        }

        foreach ((string reason, long cells) in data.Failures.OrderByDescending(failure => failure.Value).Take(MostReasons))
        {
            yield return $"{Phrase.Count(cells, "cell")} failed: {reason}";
        }

        foreach ((string status, (long replicates, long cells)) in data.Troubles)
        {
            yield return $"{Phrase.Count(replicates, "network")} in {Phrase.Count(cells, "cell")} lack{(replicates == 1 ? "s" : "")} numbers with status {status}: {Meaning(status)}.";
        }

        if (data.IsThinned)
        {
            yield return $"This page shows {data.Cells.Count} of {Phrase.Count(data.CellCount, "cell")}, evenly spread over the axes; summary.csv has all.";
        }
    }

    private static string Meaning(string status) => status switch
    {
        "state-overflow" => "the state left the range of a double",
        "zero-radius" => "the drawn weights have no eigenvalue but 0, so they cannot be scaled",
        "zero-gradient" => "the gradient, carried back, is exactly 0, so omega is 0/0",
        "no-convergence" => "an iteration for an eigenvalue or singular value did not converge",
        _ => "see the README",
    };
}
