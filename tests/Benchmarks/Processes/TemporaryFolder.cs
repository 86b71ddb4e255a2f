namespace RnnSweep.Benchmarks.Processes;

/// <summary>A temporary folder of one part, deleted at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("rnnsweep-bench-").FullName;
    private int _count;

    /// <summary>A path in the folder.</summary>
    public string this[string name] => Path.Combine(_path, name);

    /// <summary>An unused path in the folder.</summary>
    public string Fresh() => this[$"{_count++}"];

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
