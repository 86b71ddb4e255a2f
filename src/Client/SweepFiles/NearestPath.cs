using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Suggests the path that a misspelt one most likely means.</summary>
internal static class NearestPath
{
    /// <summary><c>; did you mean PATH?</c> for a sweep file; empty where none has a similar name.</summary>
    public static string OfSweepFile(string path) => Hint(path, ["", "examples"], file => File.Exists(file) && Path.GetExtension(file) is ".yaml" or ".yml" or ".json");

    /// <summary><c>; did you mean PATH?</c> for the folder of a run; empty where none has a similar name.</summary>
    /// <param name="path">The path that does not exist.</param>
    /// <param name="file">A file that every folder of a run has.</param>
    public static string OfRun(string path, string file) => Hint(path, ["", "runs"], folder => File.Exists(Path.Combine(folder, file)));

    // Looks beside the path, then for its name in the other folders: the nearest name, with or without the ending.
    private static string Hint(string path, string[] others, Predicate<string> isWanted)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), own = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path)) ?? "";
        foreach (string folder in others.Prepend(own).Distinct())
        {
            string[] names = Names(folder, isWanted);
            string? nearest = names.FirstOrDefault(known => known == name || Path.GetFileNameWithoutExtension(known) == name) ?? NearestName.Of(name, names);
            if (nearest is not null)
            {
                return $"; did you mean {Path.Combine(folder, nearest)}?";
            }
        }

        return "";
    }

    private static string[] Names(string folder, Predicate<string> isWanted)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder.Length == 0 ? "." : folder).Where(entry => isWanted(entry)).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal).Take(1000)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }
}
