namespace RnnSweep.Client.Tests.Results;

/// <summary>A temporary folder of a test, deleted by Dispose.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("rnnsweep-").FullName;

    public string this[string file] => System.IO.Path.Combine(Path, file);

    /// <summary>Every file with its content, to see whether anything has changed.</summary>
    public Dictionary<string, string> Contents() =>
        Directory.EnumerateFiles(Path).Order().ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Read(file))));

    /// <summary>Copies all files unchanged, as a kill would leave them.</summary>
    public TemporaryFolder Copy()
    {
        var copy = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(Path))
        {
            File.WriteAllBytes(copy[System.IO.Path.GetFileName(file)], Read(file));
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
