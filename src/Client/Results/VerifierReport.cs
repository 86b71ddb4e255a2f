namespace RnnSweep.Client.Results;

/// <summary>The result of verifying a run. Cells = Done + Failed + Missing + Damaged.</summary>
/// <param name="Cells">Cells of the plan.</param>
/// <param name="Done">Those of which every reading is there.</param>
/// <param name="Failed">Those of which a reading failed.</param>
/// <param name="Missing">Those that are not finished.</param>
/// <param name="Damaged">Those with a reading that cannot be read.</param>
/// <param name="Recomputed">Number of readings computed again.</param>
/// <param name="Findings">The problems, a line each; empty where there are none.</param>
internal sealed record VerifierReport(
    long Cells, long Done, long Failed, long Missing, long Damaged, int Recomputed, IReadOnlyList<string> Findings)
{
    /// <summary>Tables with right rows that were written before the last results were stored, in a run that did not finish.</summary>
    public IReadOnlyList<string> OlderTables { get; init; } = [];
}
