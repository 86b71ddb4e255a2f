namespace RnnSweep.Client.Results;

/// <summary>The format of a run's tables.</summary>
internal enum TableFormat
{
    Csv,
    Parquet,
}
