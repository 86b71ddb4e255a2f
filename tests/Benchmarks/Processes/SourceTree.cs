namespace RnnSweep.Benchmarks.Processes;

/// <summary>Paths of the source tree and of the program built from it.</summary>
internal static class SourceTree
{
    public static readonly string Root = Find(new DirectoryInfo(AppContext.BaseDirectory));

    public static readonly string Program = Path.Combine(Root, "artifacts", "program", OperatingSystem.IsWindows() ? "rnnsweep.exe" : "rnnsweep");

    public static readonly string Benchmarks = Path.Combine(Root, "tests", "Benchmarks");

    public static string Peer(string script) => Path.Combine(Benchmarks, "peers", script);

    private static string Find(DirectoryInfo? folder) => folder switch
    {
        null => throw new InvalidOperationException("the benchmarks do not lie in a source tree: no RnnSweep.sln above them"),
        _ when File.Exists(Path.Combine(folder.FullName, "RnnSweep.sln")) => folder.FullName,
        _ => Find(folder.Parent),
    };
}
