namespace RnnSweep.Core.Results;

/// <summary>One column of the summary table.</summary>
/// <param name="Name">Its name in the header.</param>
/// <param name="Text">The field of a cell.</param>
public sealed record SummaryColumn(string Name, Func<CellSummary, string> Text)
{
    /// <summary>The number of which <see cref="Text"/> is the text; null where the column holds a whole number.</summary>
    public Func<CellSummary, double>? Number { get; init; }
}
