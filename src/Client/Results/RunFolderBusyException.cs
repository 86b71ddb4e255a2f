namespace RnnSweep.Client.Results;

/// <summary>Another run has locked the folder.</summary>
internal sealed class RunFolderBusyException(string folder, int? processId)
    : Exception($"another run{(processId is { } id ? $" (process {id})" : "")} is at work in {folder}; wait for it, or give another folder with -o")
{
    /// <summary>The process that holds the lock; null where it is not known.</summary>
    public int? ProcessId { get; } = processId;
}
