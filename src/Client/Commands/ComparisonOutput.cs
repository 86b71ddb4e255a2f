using System.Collections.Immutable;
using RnnSweep.Client.Reports.Comparisons;

namespace RnnSweep.Client.Commands;

/// <summary>Prints the table of a comparison to the standard output.</summary>
internal static class ComparisonOutput
{
    // Lines besides the rows: those of the sentences and the header, and the shell's prompt.
    private const int OtherLines = 12, FewestRows = 6;

    /// <summary>Prints the rows: all of them, or those that fit on the terminal, of which those in the middle are left out.</summary>
    public static void Write(Comparison comparison, bool isMarkdown, bool all)
    {
        ImmutableArray<string> header = ComparisonTable.Header(comparison);
        ImmutableArray<string>[] rows = [.. comparison.Cells.Select(ComparisonTable.Row)];
        if (isMarkdown)
        {
            Console.WriteLine($"| {string.Join(" | ", header.Select(Escaped))} |\n|{string.Concat(header.Select(_ => " ---: |"))}");
            Array.ForEach(rows, row => Console.WriteLine($"| {string.Join(" | ", row.Select(Escaped))} |"));
            return;
        }

        int room = all || Console.IsOutputRedirected ? rows.Length : Math.Max(FewestRows, Height() - OtherLines);
        int[] widths = [.. header.Select((name, column) => rows.Select(row => row[column].Length).Append(name.Length).Max())];
        Line(header, widths);
        for (int row = 0; row < rows.Length; row++)
        {
            if (rows.Length > room && row == (room - 1) / 2)
            {
                int omitted = rows.Length - room + 1;
                Console.WriteLine($"… {omitted} rows; --all shows them");
                row += omitted;
            }

            Line(rows[row], widths);
        }
    }

    private static void Line(ImmutableArray<string> texts, int[] widths) => Console.WriteLine(string.Join("  ", texts.Select((text, column) => text.PadLeft(widths[column]))));

    private static string Escaped(string text) => text.Replace("|", @"\|", StringComparison.Ordinal);

    private static int Height()
    {
        try
        {
            return Console.WindowHeight > 0 ? Console.WindowHeight : int.MaxValue;
        }
        catch (Exception error) when (error is IOException or PlatformNotSupportedException)
        {
            return int.MaxValue;
        }
    }
}
