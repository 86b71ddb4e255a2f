using System.Buffers;
using System.CommandLine;
using System.CommandLine.Completions;
using System.Text;
using System.Text.Json;
using RnnSweep.Client.Reports.Comparisons;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep compare</c>: the differences between the results of two runs, cell by cell, with intervals.</summary>
internal static class CompareCommand
{
    // The most pairs of cells: each is kept in memory with its difference.
    private const long MostPairs = 100_000;

    private const string Summary = "Compare the results of two runs: differences of medians, with intervals";

    private const string Details = """
        Cells match that have the same coordinates on the axes that both runs have; an axis that only one of them has is free. Of each pair, the medians
        over the replicates (of a flag the fractions, of a column NAME_mean the means) and their difference B − A, with a 95 percent interval: the
        percentile interval of a bootstrap over the replicates. Where the draws are the same (the same seed and the same values of all fields that
        draws depend on, or trained networks on the same input), replicates are paired, which makes the interval shorter; only replicates known in both
        runs count. Without a terminal, or with --all, every row is printed. Runs need not be finished.

        Examples:
          rnnsweep compare runs/edge-of-chaos runs/edge-of-chaos,hidden_size=256
          rnnsweep compare runs/tanh runs/relu --column lyapunov_max -o comparison
          rnnsweep compare runs/tanh runs/relu --column fraction_exploding --markdown
        """;

    public static Command Create()
    {
        Argument<string> first = RunFolderArgument.Create("A", "The folder of a run"), second = RunFolderArgument.Create("B", "The folder of the run that is compared with it");
        var column = new Option<string?>("--column")
        {
            Description = "Compare a column of replicates.csv, or one of its medians, means and fractions in summary.csv [default: log10_spectral_norm, without norms lyapunov_max]",
            HelpName = "NAME",
        };
        column.CompletionSources.Add(context => ColumnNames(context.ParseResult.GetValue(first), context.ParseResult.GetValue(second)).Select(name => new CompletionItem(name)));
        var output = new Option<string?>("--output", "-o") { Description = "Also write the comparison as a page with a figure, compare.html and compare.svg, into this folder", HelpName = "DIR" };
        Completions.Of(output, Completions.Folders);
        SweepArguments.RefuseEmpty(output, "a folder");
        var all = new Option<bool>("--all") { Description = "Show every row, whether there is room or not" };
        var markdown = new Option<bool>("--markdown") { Description = "Print the table as Markdown, with every row" };
        Option<bool> json = CommonOptions.Json("Print the comparison as JSON: fields that differ, and of every pair coordinates, counts, medians, difference and interval");
        var command = new DetailedCommand("compare", Summary, Details) { first, second, column, output, all, markdown, json };
        command.SetAction(parsed =>
        {
            (StoredRun a, StoredRun b) = (StoredRun.Open(parsed.GetValue(first)!, null), StoredRun.Open(parsed.GetValue(second)!, null));
            PlanMatch match = Match(a, b);
            ComparedColumn compared = ComparedColumn.Of(parsed.GetValue(column), match);
            using var interruption = new Interruption();
            using var resultsOfA = SqliteResultStore.OpenReadOnly(a.StoreFile);
            using var resultsOfB = SqliteResultStore.OpenReadOnly(b.StoreFile);
            var comparison = Comparison.Of(match, compared, resultsOfA, resultsOfB, interruption.Token);
            if (parsed.GetValue(json))
            {
                WriteJson(a, b, comparison);
            }
            else
            {
                // Paragraphs in Markdown are separated by empty lines.
                string end = parsed.GetValue(markdown) ? "\n\n" : "\n";
                Console.Write(string.Concat(new[] { $"A: {a.Shown}", $"B: {b.Shown}", comparison.Differences, comparison.Method }.Select(line => line + end)));
                ComparisonOutput.Write(comparison, parsed.GetValue(markdown), parsed.GetValue(all));
                foreach (string sentence in comparison.Findings)
                {
                    Console.Write($"{(end.Length > 1 ? "\n" : "")}{sentence}\n");
                }
            }

            if (parsed.GetValue(output) is { } folder)
            {
                foreach (string file in ComparisonPage.Write(new RunFolder(folder), comparison, a.Shown, b.Shown))
                {
                    (parsed.GetValue(json) ? Console.Error : Console.Out).WriteLine(Path.Combine(folder, file));
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static PlanMatch Match(StoredRun a, StoredRun b)
    {
        try
        {
            return PlanMatch.Of(a.Sweep.Plan, b.Sweep.Plan, MostPairs);
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"rnnsweep: {a.Shown} and {b.Shown}: {error.Message}");
        }
    }

    // Candidates for the shell; none where a folder cannot be read.
    private static IEnumerable<string> ColumnNames(string? first, string? second)
    {
        try
        {
            return ComparedColumn.All(Match(StoredRun.Open(first ?? "", null), StoredRun.Open(second ?? "", null))).Select(column => column.Name);
        }
        catch (Exception error) when (error is UsageException or StoreUnreachableException or StoreDamagedException or ArgumentException or IOException)
        {
            return [];
        }
    }

    private static void WriteJson(StoredRun a, StoredRun b, Comparison comparison)
    {
        Console.Write(Json(json =>
        {
            json.WriteStartObject();
            json.WriteString("a", a.Shown);
            json.WriteString("b", b.Shown);
            json.WriteString("column", comparison.Column.Name);
            json.WriteString("location", comparison.Column.IsFraction ? "fraction" : comparison.Column.Location == Location.Mean ? "mean" : "median");
            json.WriteStartObject("fields");
            foreach (FieldDifference difference in comparison.Match.Differences)
            {
                json.WriteStartObject(difference.Field.Name);
                json.WriteString("a", difference.First);
                json.WriteString("b", difference.Second);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        })[..^1] + ",\"cells\":[");
        string separator = "\n";
        foreach (ComparedCell cell in comparison.Cells)
        {
            Console.Write(separator + Json(json => Write(json, comparison.Match, cell)));
            separator = ",\n";
        }

        Console.WriteLine("\n]}");
    }

    private static void Write(Utf8JsonWriter json, PlanMatch match, ComparedCell cell)
    {
        json.WriteStartObject();
        json.WriteStartObject("coordinates");
        foreach ((SweepField field, string text) in match.Fields.Zip(cell.Coordinates))
        {
            json.WritePropertyName(field.Name);
            JsonFields.Write(json, field, text);
        }

        json.WriteEndObject();
        json.WriteString("cell_key_a", cell.First.Key.ToString());
        json.WriteString("cell_key_b", cell.Second.Key.ToString());
        json.WriteBoolean("paired", cell.IsPaired);
        json.WriteNumber("count_a", cell.Difference?.FirstCount ?? 0);
        json.WriteNumber("count_b", cell.Difference?.SecondCount ?? 0);
        JsonFields.Write(json, "value_a", cell.Difference?.First ?? double.NaN);
        JsonFields.Write(json, "value_b", cell.Difference?.Second ?? double.NaN);
        JsonFields.Write(json, "difference", cell.Difference?.Difference ?? double.NaN);
        JsonFields.Write(json, "low", cell.Difference?.Low ?? double.NaN);
        JsonFields.Write(json, "high", cell.Difference?.High ?? double.NaN);
        json.WriteEndObject();
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
