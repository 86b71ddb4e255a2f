namespace RnnSweep.Client.Results;

/// <summary>A table on the disk that differs from the stored results.</summary>
/// <param name="File">Its name in the folder.</param>
/// <param name="Line">The first line, from 1, that differs; null where there is no file.</param>
internal sealed record CsvDifference(string File, long? Line)
{
    /// <summary>Whether all rows are right, and only rows or columns are missing, as in a table written before the last results were stored.</summary>
    public bool IsOlder { get; init; }

    public override string ToString() =>
        Line is null ? $"{File} is not there; 'rnnsweep export DIR' writes it" : $"{File} differs from the stored results, first in line {Line}";
}
