using System.Buffers;
using System.CommandLine;
using System.CommandLine.Completions;
using System.Text;
using System.Text.Json;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep show</c>: prints the results of a run as a table or as JSON.</summary>
internal static class ShowCommand
{
    // The most cells that --all prints; larger sweeps are for --json and the CSV files.
    private const double MostPlaces = 1_000_000;

    // The columns that the JSON always has.
    private static readonly string[] s_jsonColumns =
        ["count", "count_ok", "log10_spectral_norm_median", "lyapunov_max_median", "fraction_vanishing", "fraction_stable", "fraction_exploding"];

    private const string Summary = "Show the results of a run as a table on the terminal";

    private const string Details = """
        The median over the replicates of log10 of the spectral norm, in the colour of the outcome of most of them: the spectral radius, else the first
        numeric axis, down, and the sequence length across, else the first two axes; the other axes at their first value, or at another with --at. Where
        there is no room for all rows or columns, those in the middle are left out. Works while a run is going on. Colours only on a terminal, and not
        with NO_COLOR. Of a search along an axis, the points from which it started, then the critical values. In JSON a number that is missing is
        null, and the logarithm of 0 the text "-Infinity".

        Examples:
          rnnsweep show runs/edge-of-chaos
          rnnsweep show runs/transposed-jacobian --at jacobian=as-printed
          rnnsweep show runs/edge-of-chaos --column lyapunov_max_mean
          rnnsweep show runs/edge-of-chaos --json
        """;

    public static Command Create()
    {
        Argument<string> folder = RunFolderArgument.Create();
        Option<string?> store = new SweepArguments().Store;
        var at = new Option<string[]>("--at")
        {
            Description = "Hold an axis at one of its values: FIELD=VALUE; may be repeated",
            HelpName = "FIELD=VALUE",
            Arity = ArgumentArity.OneOrMore,
        };
        at.CompletionSources.Add(context => AxisValues(context.WordToComplete, context.ParseResult.GetValue(folder)).Select(text => new CompletionItem(text)));
        var all = new Option<bool>("--all") { Description = "Show every row and column, whether there is room or not" };
        var column = new Option<string?>("--column") { Description = "Show a column of summary.csv, or the median over the replicates of one of replicates.csv", HelpName = "NAME" };
        column.CompletionSources.Add(context => ColumnNames(context.ParseResult.GetValue(folder)).Select(text => new CompletionItem(text)));
        var markdown = new Option<bool>("--markdown") { Description = "Print the table as Markdown, with every row and column" };
        Option<bool> json = CommonOptions.Json("Print all cells, or those of --at, as JSON: coordinates, median norm and exponent, fractions of the outcomes");
        var command = new DetailedCommand("show", Summary, Details) { folder, at, column, all, markdown, store, json };
        command.SetAction(parsed =>
        {
            StoredRun run = StoredRun.Open(parsed.GetValue(folder)!, parsed.GetValue(store));
            bool asJson = parsed.GetValue(json);
            SweepPlan plan = run.Search is null || asJson ? run.Sweep.Plan.Whole : run.Search.Grid;
            Dictionary<string, long> held = Held(plan, parsed.GetValue(at) ?? []);
            ShownColumn? shown = parsed.GetValue(column) is { } name ? ShownColumn.Of(name, plan) : null;
            using var results = SqliteResultStore.OpenReadOnly(run.StoreFile);
            if (asJson)
            {
                WriteJson(run, held, results, shown);
                return ExitCode.Done;
            }

            PlanSlice slice = PlanSlice.Of(plan, held);
            bool isWhole = parsed.GetValue(all) || parsed.GetValue(markdown);
            if (isWhole && (double)slice.RowCount * slice.ColumnCount > MostPlaces)
            {
                throw new UsageException($"rnnsweep: --all and --markdown show at most {MostPlaces} cells, but there are {(double)slice.RowCount * slice.ColumnCount}; take --json or {RunFolder.SummaryFile}");
            }

            if (parsed.GetValue(markdown))
            {
                CellGridOutput.ShowMarkdown(slice, results, shown);
            }
            else
            {
                CellGridOutput.Output().Show(slice, results, parsed.GetValue(all), shown);
            }

            foreach (string sentence in run.Search is null ? [] : CriticalWords.Of(run.Search))
            {
                Console.WriteLine(sentence);
            }

            return ExitCode.Done;
        });
        return command;
    }

    // Candidates for the shell; none where the folder cannot be read.
    private static IEnumerable<string> AxisValues(string word, string? folder)
    {
        try
        {
            SweepPlan plan = StoredRun.Open(folder ?? "", null).Sweep.Plan.Whole;
            return plan.Axes.FirstOrDefault(axis => word.StartsWith($"{axis.Field.Name}=", StringComparison.Ordinal)) is { } axis
                ? Enumerable.Range(0, (int)Math.Min(axis.Count, 1000)).Select(i => $"{axis.Field.Name}={axis.Text(i)}")
                : plan.Coordinates.Select(name => $"{name}=");
        }
        catch (Exception error) when (error is UsageException or StoreUnreachableException or StoreDamagedException or ArgumentException or IOException)
        {
            return [];
        }
    }

    private static IEnumerable<string> ColumnNames(string? folder)
    {
        try
        {
            return ShownColumn.Names(StoredRun.Open(folder ?? "", null).Sweep.Plan.Whole);
        }
        catch (Exception error) when (error is UsageException or StoreUnreachableException or ArgumentException or IOException)
        {
            return [];
        }
    }

    private static Dictionary<string, long> Held(SweepPlan plan, string[] settings)
    {
        var held = new Dictionary<string, long>();
        foreach (string setting in settings)
        {
            (string name, string value) = setting.Split('=', 2) is [var before, var after] ? (before.Trim(), after.Trim()) : (setting, "");
            Axis? axis = plan.Axes.FirstOrDefault(axis => axis.Field.Name == name);
            if (axis is null)
            {
                string axes = plan.Axes.IsEmpty ? "none" : string.Join(", ", plan.Coordinates);
                throw new UsageException($"rnnsweep: --at must name an axis of the sweep ({axes}) as FIELD=VALUE, but was '{setting}'");
            }

            held[name] = IndexOf(axis, value) ?? throw new UsageException($"rnnsweep: --at {setting}: {name} has no value '{value}'; {Values(axis)}");
        }

        return held;
    }

    private static long? IndexOf(Axis axis, string text)
    {
        string canonical = axis.Field.TryRead(text, out FieldValue? value, out _) ? value.Text : text;
        for (long i = 0; i < axis.Count; i++)
        {
            if (axis.Text(i) == canonical)
            {
                return i;
            }
        }

        return null;
    }

    private static string Values(Axis axis) => axis.Count <= 8
        ? $"it has {string.Join(", ", Enumerable.Range(0, (int)axis.Count).Select(i => axis.Text(i)))}"
        : $"it has {axis.Count}, from {axis.Text(0)} to {axis.Text(axis.Count - 1)}";

    // Each cell is a line, written while the store is read, because a sweep may have a million cells.
    private static void WriteJson(StoredRun run, Dictionary<string, long> held, SqliteResultStore results, ShownColumn? shown)
    {
        SweepPlan plan = run.Sweep.Plan;
        var theory = new Theory();
        Console.Write($"{{\"name\":{JsonSerializer.Serialize(run.Sweep.Name)},\"axes\":{JsonSerializer.Serialize(plan.Coordinates)},\"cells\":[");
        string separator = "\n";
        for (long cell = 0; cell < plan.CellCount; cell++)
        {
            if (!Enumerable.Range(0, plan.Axes.Length).All(axis => !held.TryGetValue(plan.Coordinates[axis], out long index) || plan.PlaceOn(axis, cell) == index))
            {
                continue;
            }

            Console.Write(separator + Json(plan, cell, results, shown, theory));
            separator = ",\n";
        }

        Console.WriteLine("\n]}");
    }

    private static string Json(SweepPlan plan, long cell, SqliteResultStore results, ShownColumn? shown, Theory theory)
    {
        PlannedReading planned = plan.Planned(cell);
        StoredCell stored = results.Cells([planned])[0];
        CellSummary summary = stored.Result is { } result ? CellSummary.Of(result, shown is { IsTheory: true } ? theory.OfMeasured(result.Spec) : CellTheory.Unknown) : CellSummary.Failed;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("coordinates");
            for (int axis = 0; axis < plan.Axes.Length; axis++)
            {
                json.WritePropertyName(plan.Axes[axis].Field.Name);
                JsonFields.Write(json, plan.Axes[axis].Field, plan.Coordinate(cell, axis));
            }

            json.WriteEndObject();
            json.WriteString("cell_key", planned.Key.ToString());
            json.WriteString("status", stored.IsDone ? "done" : stored.Failure is not null ? "failed" : "missing");
            if (stored.Failure is { } failure)
            {
                json.WriteString("reason", failure);
            }

            json.WriteNumber("count", summary.Count);
            json.WriteNumber("count_ok", summary.CountOk);
            JsonFields.Write(json, "log10_spectral_norm_median", summary.Log10SpectralNorm.Median);
            JsonFields.Write(json, "lyapunov_max_median", summary.LyapunovMax.Median);
            JsonFields.Write(json, "fraction_vanishing", summary.FractionVanishing);
            JsonFields.Write(json, "fraction_stable", summary.FractionStable);
            JsonFields.Write(json, "fraction_exploding", summary.FractionExploding);
            if (shown is not null && !s_jsonColumns.Contains(shown.Name))
            {
                JsonFields.Write(json, shown.Name, shown.Number(summary));
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
