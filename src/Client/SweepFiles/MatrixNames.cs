namespace RnnSweep.Client.SweepFiles;

/// <summary>Distinct names for matrices from files of the same name.</summary>
internal static class MatrixNames
{
    private const string Here = "./";

    /// <summary>
    /// The name of a matrix in tables: that of its file, with ./ in front where a spreadsheet would take a field with this name for a formula.
    /// </summary>
    public static string InTables(string name) => name is ['=' or '+' or '-' or '@', ..] ? $"{Here}{name}" : name;

    /// <summary>Why a path is not accepted; null where it is.</summary>
    public static string? Refusal(string path) => path.Any(char.IsControl) ? "has a control character in its name: rename the file" : null;

    /// <summary>
    /// The name of each of some absolute paths that end in the same name: that name with as many folders before it as make all names distinct, such as a/w.npy
    /// and b/w.npy for /data/a/w.npy and /data/b/w.npy. A single path has the name itself.
    /// </summary>
    /// <param name="paths">The paths, none twice; #tensor may follow.</param>
    /// <param name="name">What all of them end in, after a folder.</param>
    public static IEnumerable<KeyValuePair<string, string>> Distinguish(IReadOnlyList<string> paths, string name)
    {
        name = name.StartsWith(Here, StringComparison.Ordinal) ? name[Here.Length..] : name;
        string[][] folders = [.. paths.Select(path => path[..^name.Length].Split(['/', Path.DirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))];
        int most = folders.Max(parts => parts.Length);
        string[] names = Names(0);
        for (int depth = 1; depth <= most && names.Distinct().Count() < names.Length; depth++)
        {
            names = Names(depth);
        }

        return paths.Zip(names, KeyValuePair.Create);

        string[] Names(int depth) => [.. folders.Select(parts => InTables(string.Join('/', parts.TakeLast(depth).Append(name))))];
    }
}
