namespace RnnSweep.Benchmarks.Processes;

/// <summary>The Python of the numpy programs: the first python3 that has numpy, because that of PATH may lack it although the system's has it.</summary>
internal static class Python
{
    private static readonly Lazy<string?> s_path = new(() =>
        ((string[])["python3", "/usr/bin/python3", "/usr/local/bin/python3"]).FirstOrDefault(path => Has(path, "numpy, scipy")));

    private static readonly Lazy<string> s_versions = new(() => s_path.Value is null ? "" : ProcessOutput.Of(s_path.Value, [SourceTree.Peer("versions.py")]).Output.Trim());

    /// <summary>Null if no Python has numpy and scipy.</summary>
    public static string? Path => s_path.Value;

    /// <summary>Whether it also has joblib.</summary>
    public static bool HasJoblib => Path is not null && Has(Path, "joblib");

    /// <summary>Whether it also has torch.</summary>
    public static bool HasTorch => Path is not null && Has(Path, "torch");

    /// <summary>Versions of Python and its modules, and the BLAS that numpy loads; empty without Python.</summary>
    public static string Versions() => s_versions.Value;

    private static bool Has(string path, string modules) => ProcessOutput.Of(path, ["-c", $"import {modules}"]).ExitCode == 0;
}
