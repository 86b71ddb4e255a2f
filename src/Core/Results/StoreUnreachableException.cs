namespace RnnSweep.Core.Results;

/// <summary>A store cannot be opened, read or written (full disk, missing rights, no connection). Data stored earlier is kept.</summary>
public sealed class StoreUnreachableException(string message, Exception? inner = null) : Exception(message, inner)
{
    private const string TemporaryKey = "RnnSweep.IsTemporary";

    /// <summary>
    /// Whether the store does not answer now but may answer soon, as a database that restarts. It is kept in <see cref="Exception.Data"/>, which Orleans
    /// passes from silos to clients.
    /// </summary>
    public bool IsTemporary
    {
        get => Data.Contains(TemporaryKey);
        init
        {
            if (value)
            {
                Data[TemporaryKey] = true;
            }
        }
    }
}
