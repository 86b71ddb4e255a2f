namespace RnnSweep.Benchmarks.Processes;

/// <summary>A folder of one part's own, gone when it is done.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("rnnsweep-bench-").FullName;
    private int _count;

    /// <summary>A path inside.</summary>
    public string this[string name] => Path.Combine(_path, name);

    /// <summary>A path inside that was not used before.</summary>
    public string Fresh() => this[$"{_count++}"];

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
