using System.Collections.Immutable;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using Spectre.Console;

namespace RnnSweep.Client.Commands;

/// <summary>
/// Prints cells to the standard output or the error stream: in colour on a terminal unless NO_COLOR is set, else without. <see cref="CellGrid"/> selects the
/// rows and columns that fit, and aligns them: a table of Spectre.Console adds 50 ms to every <c>show</c> and <c>run</c>, and cuts or wraps what does not fit.
/// </summary>
internal sealed class CellGridOutput
{
    // The size assumed where the output is not a terminal.
    private const int DefaultWidth = 100, DefaultHeight = 30;

    // Lines besides the table: up to two of the title, and the shell's prompt.
    private const int OtherLines = 3;

    private readonly TextWriter _writer;
    private readonly IAnsiConsole? _colours;
    private readonly int _width = DefaultWidth, _height = DefaultHeight;

    private CellGridOutput(TextWriter writer, bool isTerminal)
    {
        _writer = writer;
        if (isTerminal)
        {
            (_width, _height) = Size();
        }

        if (isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null or ""))
        {
            _colours = AnsiConsole.Create(new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.Yes,
                ColorSystem = ColorSystemSupport.Standard,
                Out = new AnsiConsoleOutput(writer),
            });
            _colours.Profile.Width = int.MaxValue; // no line is wrapped
        }
    }

    public static CellGridOutput Error() => new(Console.Error, !Console.IsErrorRedirected);

    public static CellGridOutput Output() => new(Console.Out, !Console.IsOutputRedirected);

    /// <summary>Prints the cells of a slice: all of them, or those that fit.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="store">The results.</param>
    /// <param name="all">Whether there is to be no regard for room.</param>
    /// <param name="column">The column to show; null for the norm.</param>
    public void Show(PlanSlice slice, IResultStore store, bool all = false, ShownColumn? column = null)
    {
        const int unbounded = int.MaxValue / 2;
        CellGrid table = Previews(slice.Plan, store, column).Table(slice, all ? unbounded : _width, all ? unbounded : _height - OtherLines);
        foreach (ImmutableArray<CellGrid.Part> line in Title(slice, column).Concat(table.Lines))
        {
            Write(line);
        }
    }

    /// <summary>Prints the cells of a slice as a table in Markdown, with all rows and columns.</summary>
    public static void ShowMarkdown(PlanSlice slice, IResultStore store, ShownColumn? column)
    {
        string Name(int axis) => axis < 0 ? "" : slice.Plan.Axes[axis].Field.Name;
        string Value(int axis, long index) => axis < 0 ? "" : slice.Plan.Axes[axis].Text(index).Replace("|", @"\|", StringComparison.Ordinal);
        foreach (ImmutableArray<CellGrid.Part> line in Title(slice, column))
        {
            Console.WriteLine($"{string.Concat(line.Select(part => part.Text)).TrimEnd()}\n");
        }

        long[] columns = [.. Enumerable.Range(0, (int)slice.ColumnCount).Select(index => (long)index)];
        string across = Name(slice.ColumnAxis);
        Console.WriteLine($"| {Name(slice.RowAxis)}{(across.Length == 0 ? "" : $" \\ {across}")} | {string.Join(" | ", columns.Select(index => Value(slice.ColumnAxis, index)))} |");
        Console.WriteLine($"| --- |{string.Concat(columns.Select(_ => " ---: |"))}");
        StoredPreviews previews = Previews(slice.Plan, store, column);
        for (long row = 0; row < slice.RowCount; row++)
        {
            long at = row;
            Console.WriteLine($"| {Value(slice.RowAxis, row)} | {string.Join(" | ", previews.Of([.. columns.Select(index => slice.Cell(at, index))]).Select(preview => preview.Text))} |");
        }
    }

    private static StoredPreviews Previews(SweepPlan plan, IResultStore store, ShownColumn? column)
    {
        var theory = new Theory();
        return new StoredPreviews(plan, store, column is null ? null : cell => column.Preview(cell, theory));
    }

    // Explains the numbers and the colours.
    private static IEnumerable<ImmutableArray<CellGrid.Part>> Title(PlanSlice slice, ShownColumn? column)
    {
        bool isVaried(string field) => slice.Plan.Axes.Any(axis => axis.Field.Name == field);
        string threshold = isVaried("threshold") ? "the threshold" : slice.Plan.Fixed.Threshold.ToString("R");
        string replicates = isVaried("replicates") ? "" : slice.Plan.Fixed.Replicates == 1 ? ", one replicate" : $", median of {slice.Plan.Fixed.Replicates}";
        yield return column is not null ? [new(column.Title)]
            : !slice.Plan.Fixed.MeasuresNorms
            ? [new($"largest Lyapunov exponent, nats per step{replicates}")]
            : [
                new($"log10 of the spectral norm{replicates}: "),
                new("vanishing", Outcome.Vanishing), new($" below -{threshold}, "),
                new("stable", Outcome.Stable), new(", "),
                new("exploding", Outcome.Exploding), new($" above {threshold}"),
            ];
        string held = string.Join(", ", slice.Held.Select(held => $"{held.Axis.Field.Name} {held.Axis.Text(held.Index)}"));
        if (held.Length > 0)
        {
            yield return [new($"at {held}; 'rnnsweep show DIR --at FIELD=VALUE' shows others")];
        }
    }

    private void Write(ImmutableArray<CellGrid.Part> line)
    {
        string text = string.Concat(line.Select(part => part.Text)).TrimEnd();
        if (_colours is null)
        {
            _writer.WriteLine(text);
            return;
        }

        foreach (CellGrid.Part part in line)
        {
            if (Colour(part.Outcome) is { } colour)
            {
                _colours.Write(new Text(part.Text, new Style(colour)));
            }
            else
            {
                _writer.Write(part.Text);
            }
        }

        _writer.WriteLine();
    }

    private static Color? Colour(Outcome outcome) => outcome switch
    {
        Outcome.Vanishing => Color.Blue,
        Outcome.Stable => Color.Green,
        Outcome.Exploding => Color.Red,
        _ => null,
    };

    private static (int Width, int Height) Size()
    {
        try
        {
            return Console.WindowWidth > 0 ? (Console.WindowWidth, Console.WindowHeight) : (DefaultWidth, DefaultHeight);
        }
        catch (Exception error) when (error is IOException or PlatformNotSupportedException)
        {
            return (DefaultWidth, DefaultHeight);
        }
    }
}
