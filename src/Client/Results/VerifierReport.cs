namespace RnnSweep.Client.Results;

/// <summary>What a verification of a run has found. Cells = Done + Failed + Missing + Damaged.</summary>
/// <param name="Cells">Cells of the plan.</param>
/// <param name="Done">Those of which every reading is there.</param>
/// <param name="Failed">Those of which a reading failed.</param>
/// <param name="Missing">Those that are not finished.</param>
/// <param name="Damaged">Those with a reading that cannot be read.</param>
/// <param name="Recomputed">How many readings were computed again.</param>
/// <param name="Findings">What is wrong, a line each; empty where no problems were found.</param>
internal sealed record VerifierReport(
    long Cells, long Done, long Failed, long Missing, long Damaged, int Recomputed, IReadOnlyList<string> Findings)
{
    /// <summary>Tables that are right as far as they go, but were written before the last results were stored: of a run that was extended and did not finish.</summary>
    public IReadOnlyList<string> OlderTables { get; init; } = [];
}
