namespace RnnSweep.Client.Results;

/// <summary>A second run on a folder where a first one is at work.</summary>
internal sealed class RunFolderBusyException(string folder, int? processId)
    : Exception($"another run{(processId is { } id ? $" (process {id})" : "")} is at work in {folder}; wait for it, or give another folder with -o")
{
    /// <summary>The process that has the folder, where it is known.</summary>
    public int? ProcessId { get; } = processId;
}
