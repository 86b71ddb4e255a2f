using RnnSweep.Client.Results;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports;

/// <summary>The sweep file of a run, as the report shows it.</summary>
/// <param name="Text">The file, with paths relative to the run's folder; empty where there is none.</param>
/// <param name="Description">Its description; null where it has none.</param>
/// <param name="Again">How the sweep is run again; null where the report is in the run's folder.</param>
internal sealed record SweepListing(string Text, string? Description, string? Again = null)
{
    /// <summary>The sweep file of a sweep on a cluster.</summary>
    public static SweepListing OfCluster(string text, string id) => new(text, DescriptionOf(text), $"rnnsweep attach {id}, which copies the results to a folder with tables and figures");

    /// <summary>The labels of axes by field, as a sweep file has them; empty where it has none.</summary>
    /// <param name="text">The file.</param>
    public static IReadOnlyDictionary<string, string> Labels(string text) => Entry(text, SweepFields.Label) is MappingNode labels
        ? labels.Entries.DistinctBy(entry => entry.Name).Where(entry => entry.Value is ScalarNode { Text.Length: > 0 }).ToDictionary(entry => entry.Name, entry => ((ScalarNode)entry.Value!).Text)
        : new Dictionary<string, string>();

    /// <summary>The text of a folder's sweep file; empty where there is no folder or no file.</summary>
    public static string TextOf(RunFolder? folder) => folder is not null && File.Exists(folder[RunFolder.SweepFile]) ? File.ReadAllText(folder[RunFolder.SweepFile]) : "";

    /// <summary>Reads the sweep file of a folder.</summary>
    public static SweepListing Read(RunFolder folder, Manifest? manifest)
    {
        if (!File.Exists(folder[RunFolder.SweepFile]))
        {
            return new SweepListing("", null);
        }

        string text = File.ReadAllText(folder[RunFolder.SweepFile]);
        string? description = DescriptionOf(text);

        // Longer paths first: one may begin with another.
        foreach (RecordedMatrix matrix in (manifest?.Matrices ?? []).OrderByDescending(matrix => matrix.Path.Length))
        {
            text = text.Replace(
                SweepFileWriter.Quoted(matrix.Path),
                SweepFileWriter.Quoted(Path.GetRelativePath(folder.Path, matrix.Path).Replace(Path.DirectorySeparatorChar, '/')),
                StringComparison.Ordinal);
        }

        return new SweepListing(text, description);
    }

    private static string? DescriptionOf(string text) => Entry(text, SweepFields.Description) is ScalarNode { Text: var words } ? words : null;

    private static SweepNode? Entry(string text, SweepField field) =>
        YamlDocument.Read(text, RunFolder.SweepFile, new ProblemList())?.Entries.FirstOrDefault(entry => entry.Name == field.Name)?.Value;
}
