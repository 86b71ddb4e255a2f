namespace RnnSweep.Client.Reports.Words;

/// <summary>Sentences about what is missing or failed and why, and what the page leaves out.</summary>
internal static class StatusWords
{
    private const int MostReasons = 5;

    public static IEnumerable<string> Of(ReportData data)
    {
        if (data.Done == data.CellCount)
        {
            yield return $"{data.CellCount switch { 1 => "The cell is", 2 => "Both cells are", _ => $"All {data.CellCount} cells are" }} done"
                + (data.Troubles.Count > 0 ? "." : data.Empty.Counts.Count > 0 ? ", and every number that is defined is known." : ", and no number is missing.");
        }
        else
        {
            string[] rest =
            [
                .. data.Failed > 0 ? [$"{data.Failed} failed"] : Array.Empty<string>(),
                .. data.Missing > 0 ? [$"{data.Missing} {(data.Missing == 1 ? "is" : "are")} not computed yet"] : Array.Empty<string>(),
            ];
            yield return $"{(data.Done == 0 ? "None" : $"{data.Done}")} of {Phrase.Count(data.CellCount, "cell")} {(data.Done < 2 ? "is" : "are")} done; {string.Join(", and ", rest)}.";
        }

        KeyValuePair<string, long>[] failures = [.. data.Failures.OrderByDescending(failure => failure.Value)];
        foreach ((string reason, long cells) in failures.Take(MostReasons))
        {
            yield return $"{Phrase.Count(cells, "cell")} failed: {reason}";
        }

        if (failures.Length > MostReasons)
        {
            yield return $"{Phrase.Count(failures.Skip(MostReasons).Sum(failure => failure.Value), "more cell")} failed for {Phrase.Count(failures.Length - MostReasons, "other reason")}, which the table has.";
        }

        foreach ((string status, (long replicates, long cells)) in data.Troubles)
        {
            yield return $"{Phrase.Count(replicates, "network")} in {Phrase.Count(cells, "cell")} lack{(replicates == 1 ? "s" : "")} numbers with status {status}: {Meaning(status)}.";
        }

        foreach (string sentence in EmptyWords.Of(data))
        {
            yield return sentence;
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
        "zero-gradient" => "the back-propagated gradient is exactly 0, so omega is 0/0",
        "no-convergence" => "an iteration for an eigenvalue or singular value did not converge",
        "unresolved" => "double precision does not determine them, as the smallest singular values of a long product",
        _ => "see docs/columns.md",
    };
}
