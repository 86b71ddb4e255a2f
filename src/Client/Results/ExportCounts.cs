namespace RnnSweep.Client.Results;

/// <summary>Numbers of rows written, and of cells by state.</summary>
internal sealed record ExportCounts(long ReplicateRows, long SummaryRows, long Done, long Failed, long Missing);
