using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep list</c>: the runs of a folder.</summary>
internal static partial class ListCommand
{
    private const string DefaultFolder = "runs";

    private const string Summary = "List runs: their folders, cells done, dates, axes and first result";

    private const string Details = """
        Every folder in DIR that a run has written to: the cells that are stored, the date of the last start, the axes, and the first sentence of the
        report, where one is written.

        Examples:
          rnnsweep list
          rnnsweep list results
        """;

    public static Command Create()
    {
        var folder = new Argument<string?>("DIR") { Description = "The folder that holds the runs' folders [default: runs]", Arity = ArgumentArity.ZeroOrOne };
        Completions.Of(folder, Completions.Folders);
        SweepArguments.RefuseOptions(folder);
        SweepArguments.RefuseEmpty(folder, "a folder");
        var command = new DetailedCommand("list", Summary, Details) { folder };
        command.SetAction(parsed => List(parsed.GetValue(folder) ?? DefaultFolder));
        return command;
    }

    private static int List(string parent)
    {
        if (!Directory.Exists(parent))
        {
            throw new UsageException($"rnnsweep: there is no folder {parent}");
        }

        string[][] rows =
        [
            .. from path in Directory.EnumerateDirectories(parent).Prepend(parent).Order(StringComparer.Ordinal)
               where File.Exists(Path.Combine(path, RunFolder.SweepFile))
               select Array.ConvertAll(Row(path), TerminalText.Plain),
        ];
        if (rows.Length == 0)
        {
            Console.Error.WriteLine($"{parent} holds no run");
            return ExitCode.Done;
        }

        int[] widths = [.. Enumerable.Range(0, 4).Select(column => rows.Max(row => row[column].Length))];
        foreach (string[] row in rows)
        {
            Console.WriteLine($"{row[0].PadRight(widths[0])}  {row[1].PadLeft(widths[1])}  {row[2].PadRight(widths[2])}  {row[3].PadRight(widths[3])}  {row[4]}".TrimEnd());
        }

        return ExitCode.Done;
    }

    // Folder, cells done, date, axes, first sentence. A folder that cannot be read has the reason in place of the last.
    private static string[] Row(string path)
    {
        try
        {
            StoredRun run = StoredRun.Open(path, null);
            SweepPlan plan = run.Sweep.Plan;
            string date = Manifest.Read(run.Folder)?.Sessions is [.., var last] ? last.Started.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "";
            string axes = plan.Axes.IsEmpty ? "one cell" : string.Join(" × ", plan.Axes.Select(axis => $"{axis.Count} {axis.Field.Name}"));
            return [path, $"{RunStore.DoneCells(run.Sweep, run.Folder, run.StoreFile)}/{plan.CellCount}", date, axes, Headline(run.Folder)];
        }
        catch (Exception error) when (error is UsageException or StoreUnreachableException or StoreDamagedException)
        {
            return [path, "", "", "", error.Message.Split('\n')[0].Replace("rnnsweep: ", "", StringComparison.Ordinal)];
        }
    }

    // The first sentence of the page, which a run has written from its results.
    private static string Headline(RunFolder folder)
    {
        try
        {
            Match sentence = FirstSentence().Match(File.ReadAllText(folder[RunFolder.ReportFile]));
            return sentence.Success ? WebUtility.HtmlDecode(sentence.Groups[1].Value).Replace('\u00A0', ' ') : "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ""; // no report is written yet
        }
    }

    [GeneratedRegex("<section id=\"words\".*?<li>(.*?)</li>", RegexOptions.Singleline)]
    private static partial Regex FirstSentence();
}
