namespace RnnSweep.Client.SweepFiles;

/// <summary>Distinct names for matrices from files of the same name.</summary>
internal static class MatrixNames
{
    /// <summary>
    /// The name of each of some absolute paths that end in the same name: that name with as many folders before it as make all names distinct, such as a/w.npy
    /// and b/w.npy for /data/a/w.npy and /data/b/w.npy. A single path has the name itself.
    /// </summary>
    /// <param name="paths">The paths, none twice; #tensor may follow.</param>
    /// <param name="name">What all of them end in, after a folder.</param>
    public static IEnumerable<KeyValuePair<string, string>> Distinguish(IReadOnlyList<string> paths, string name)
    {
        string[][] folders = [.. paths.Select(path => path[..^name.Length].Split(['/', Path.DirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries))];
        int most = folders.Max(parts => parts.Length);
        string[] names = Names(0);
        for (int depth = 1; depth <= most && names.Distinct().Count() < names.Length; depth++)
        {
            names = Names(depth);
        }

        return paths.Zip(names, KeyValuePair.Create);

        string[] Names(int depth) => [.. folders.Select(parts => string.Join('/', parts.TakeLast(depth).Append(name)))];
    }
}
