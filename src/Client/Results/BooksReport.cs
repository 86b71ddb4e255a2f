namespace RnnSweep.Client.Results;

/// <summary>What checking the books of a run came to. Cells = Done + Failed + Missing + Damaged.</summary>
/// <param name="Cells">Cells of the plan.</param>
/// <param name="Done">Those with a result that can be read.</param>
/// <param name="Failed">Those with a failure.</param>
/// <param name="Missing">Those with neither.</param>
/// <param name="Damaged">Those with a result that cannot be read.</param>
/// <param name="Recomputed">How many were computed again.</param>
/// <param name="Findings">What is wrong, a line each; empty where the books are in order.</param>
internal sealed record BooksReport(
    long Cells, long Done, long Failed, long Missing, long Damaged, int Recomputed, IReadOnlyList<string> Findings)
{
    /// <summary>Tables that are right as far as they go, but were written before the last results were stored: of a run that was extended and did not finish.</summary>
    public IReadOnlyList<string> OlderTables { get; init; } = [];
}
