namespace RnnSweep.Client.Results;

/// <summary>What went into the tables: rows of each, and cells by what is known of them.</summary>
internal sealed record ExportCounts(long ReplicateRows, long SummaryRows, long Done, long Failed, long Missing);
