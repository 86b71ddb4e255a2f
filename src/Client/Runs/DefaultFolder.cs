using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Runs;

/// <summary>
/// The folder of a run that was given none: <c>runs/NAME</c>, with what <c>--set</c> changed of the sweep file, as <c>runs/edge-of-chaos,seed=7</c>. Where that holds another sweep,
/// because the file was changed since, <c>runs/NAME-2</c> and so on, so that no sweep is refused for its folder.
/// </summary>
internal static class DefaultFolder
{
    private const string Parent = "runs";

    // A file system allows 255 bytes for a name, and a shard's needs some more.
    private const int LongestName = 160;

    /// <summary>The folder of a sweep.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="sets">What <c>--set</c> changed of its file, as it was typed; empty where the sweep has no file.</param>
    /// <param name="store">A store outside of the folder; null for none. Such a folder is never one of another sweep.</param>
    public static RunFolder Of(ResolvedSweep sweep, IReadOnlyList<string> sets, string? store = null)
    {
        string name = NameOf(sweep.Name, sets);
        if (sweep.Plan.Shard is { } shard)
        {
            return new RunFolder(Path.Combine(Parent, $"{name}-shard-{shard.Number}-of-{shard.Count}")); // without a number, because all shards must have the same name
        }

        for (int number = 2; ; number++)
        {
            var folder = new RunFolder(Path.Combine(Parent, name));
            if (store is not null || Fits(folder, sweep))
            {
                return folder;
            }

            name = $"{NameOf(sweep.Name, sets)}-{number}";
        }
    }

    /// <summary>The folders beside a default one that may hold readings of the same cells: those whose names begin with the sweep's.</summary>
    public static IReadOnlyList<RunFolder> Siblings(RunFolder folder, string sweepName) => !Directory.Exists(Parent) ? [] :
    [
        .. from path in Directory.EnumerateDirectories(Parent, $"{sweepName}*").Order(StringComparer.Ordinal)
           let name = Path.GetFileName(path)
           where name == sweepName || name.StartsWith($"{sweepName},", StringComparison.Ordinal) || name.StartsWith($"{sweepName}-", StringComparison.Ordinal)
           let sibling = new RunFolder(path)
           where sibling.Path != folder.Path && File.Exists(sibling[RunFolder.StoreFile])
           select sibling,
    ];

    // Brackets and quotation marks around a value of --set, which a name does not need.
    private const string LeftOut = "[]{}()\"'";

    // Fields in their order in the help, so that the order of the options does not matter. Characters that file systems or shells treat in a special way become hyphens.
    internal static string NameOf(string sweepName, IReadOnlyList<string> sets)
    {
        (string Field, string Value)[] changes = [.. sets.Select(set => set.Split('=', 2) is [var field, var value] ? (field.Trim(), value.Trim()) : (set, ""))];
        if (changes.Any(change => change.Field == SweepFields.Name.Name))
        {
            return sweepName; // the user has named the run
        }

        int Rank(string field) => SweepFields.All.Select(known => known.Name).ToList().IndexOf(field);
        var name = new StringBuilder(sweepName);
        foreach ((string field, string value) in changes.Where(change => change.Field != SweepFields.Description.Name && change.Field != SweepFields.Label.Name).OrderBy(change => Rank(change.Field)))
        {
            name.Append(',').Append(field).Append('=').AppendJoin("", value.Where(c => !char.IsWhiteSpace(c) && !LeftOut.Contains(c, StringComparison.Ordinal)).Select(c => char.IsAsciiLetterOrDigit(c) || ".,+-_".Contains(c, StringComparison.Ordinal) ? c : '-'));
        }

        if (name.Length <= LongestName)
        {
            return name.ToString();
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name.ToString())))[..8];
        return string.Create(CultureInfo.InvariantCulture, $"{name.ToString()[..LongestName].TrimEnd(',', '.')}-{digest}");
    }

    // Whether a run of the sweep would not be refused: the folder's store holds readings of the sweep's cells only. What cannot be read is left to the run, which has a message for it.
    private static bool Fits(RunFolder folder, ResolvedSweep sweep)
    {
        if (!File.Exists(folder[RunFolder.StoreFile]) || Manifest.Read(folder) is { Store: not null } || IsSame(folder, sweep))
        {
            return true;
        }

        try
        {
            using var store = SqliteResultStore.OpenReadOnly(folder[RunFolder.StoreFile]);
            HashSet<CellKey> stored = [.. store.Replicates().Select(cell => cell.Key)];
            for (long i = 0; i < sweep.Plan.CellCount && stored.Count > 0; i++)
            {
                stored.Remove(sweep.Plan.Planned(i).Key);
            }

            return stored.Count == 0;
        }
        catch (Exception error) when (error is StoreUnreachableException or StoreDamagedException)
        {
            return true;
        }
    }

    private static bool IsSame(RunFolder folder, ResolvedSweep sweep) =>
        sweep.Recorded is null && File.Exists(folder[RunFolder.SweepFile]) && folder.Access(() => File.ReadAllText(folder[RunFolder.SweepFile])) == SweepFileWriter.Write(sweep);
}
