using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Commands;

/// <summary><c>rnnsweep compare</c>, and <c>export --all-fields</c>.</summary>
public sealed class CompareTests : IDisposable
{
    private static readonly string[] s_tanh = ["--set", "spectral_radius=0.8,1,1.2", "--set", "sequence_length=10,40", "--set", "hidden_size=6", "--set", "replicates=12"];
    private static readonly string[] s_linear = ["--set", "activation=linear", "--set", "spectral_radius=1.2,0.8,2", "--set", "sequence_length=10,40", "--set", "hidden_size=6", "--set", "replicates=16"];

    private readonly TemporaryFolder _folder = new();

    public CompareTests()
    {
        FinishedRun.Of(s_tanh).CopyTo(_folder["a"]);
        FinishedRun.Of(s_linear).CopyTo(_folder["b"]);
    }

    [Fact]
    public void Every_number_is_that_of_the_replicates_of_both_runs()
    {
        foreach ((string column, Func<double[], double> location) in new (string, Func<double[], double>)[]
        {
            ("log10_spectral_norm", Median), ("lyapunov_max_mean", values => values.Average()), ("log10_abs_determinant", Median),
        })
        {
            using JsonDocument document = JsonDocument.Parse(Compare("a", "b", "--json", "--column", column).Output);
            JsonElement[] cells = [.. document.RootElement.GetProperty("cells").EnumerateArray()];
            Assert.Equal(
                ["0.8 10", "0.8 40", "1.2 10", "1.2 40"],
                cells.Select(cell => $"{cell.GetProperty("coordinates").GetProperty("spectral_radius")} {cell.GetProperty("coordinates").GetProperty("sequence_length")}"));
            foreach (JsonElement cell in cells)
            {
                string measured = column.Replace("_mean", "", StringComparison.Ordinal);
                (double[] a, double[] b) = (Values("a", cell, measured), Values("b", cell, measured));
                Assert.Equal((12, 16), (a.Length, b.Length));
                Assert.Equal(location(a), cell.GetProperty("value_a").GetDouble(), 12); // the mean is summed in another order
                Assert.Equal(location(b[..12]), cell.GetProperty("value_b").GetDouble(), 12); // replicates of A alone are pairs
                Assert.Equal(location(b[..12]) - location(a), cell.GetProperty("difference").GetDouble(), 12);
                Assert.True(cell.GetProperty("paired").GetBoolean());
                Assert.Equal((12, 12), (cell.GetProperty("count_a").GetInt32(), cell.GetProperty("count_b").GetInt32()));
                Assert.InRange(cell.GetProperty("low").GetDouble(), double.NegativeInfinity, cell.GetProperty("high").GetDouble());
            }
        }
    }

    [Fact]
    public void A_difference_that_is_known_exactly_has_an_interval_of_its_width()
    {
        // The product of a linear network is W^T, and W = ρ W₀, so log10 of the norm grows by T log10(1.2 / 0.8) in every network alike.
        FinishedRun.Of([.. s_linear[..2], "--set", "spectral_radius=0.8", .. s_linear[4..], "--set", "name=one"]).CopyTo(_folder["slow"]);
        FinishedRun.Of([.. s_linear[..2], "--set", "spectral_radius=1.2", .. s_linear[4..], "--set", "name=two"]).CopyTo(_folder["fast"]);
        using JsonDocument document = JsonDocument.Parse(Compare("slow", "fast", "--json").Output);
        Assert.Equal("""{"spectral_radius":{"a":"0.8","b":"1.2"}}""", document.RootElement.GetProperty("fields").GetRawText());
        foreach (JsonElement cell in document.RootElement.GetProperty("cells").EnumerateArray())
        {
            double expected = cell.GetProperty("coordinates").GetProperty("sequence_length").GetInt32() * Math.Log10(1.2 / 0.8);
            // The norms are rounded, 40 steps to about 1e-14.
            Assert.All(new[] { "difference", "low", "high" }, name => Assert.Equal(expected, cell.GetProperty(name).GetDouble(), 11));
        }
    }

    [Fact]
    public void The_table_begins_with_the_fields_that_differ_and_markdown_has_the_same_rows()
    {
        string[] lines = Compare("a", "b").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["A: a", "B: b", "A and B differ in activation (tanh in A, linear in B), spectral_radius (0.8, 1, 1.2 in A, 1.2, 0.8, 2 in B) and replicates (12 in A, 16 in B)."], lines[..3]);
        Assert.Equal(["spectral_radius", "sequence_length", "A", "B", "B", "−", "A", "95", "%", "interval", "replicates"], Words(lines[4]));
        Assert.Equal(["0.8 10", "0.8 40", "1.2 10", "1.2 40"], lines[5..9].Select(line => string.Join(' ', Words(line)[..2])));
        Assert.EndsWith("12 pairs", lines[5], StringComparison.Ordinal);
        string[] markdown = [.. Compare("a", "b", "--markdown").Output.Split('\n').Where(line => line.StartsWith('|'))];
        Assert.Equal(lines[5..9].Select(Words), markdown[2..].Select(line => Words(line.Replace('|', ' '))));
        string[] same = Compare("a", "a").Output.Split('\n');
        Assert.Contains("A and B differ in no field.", same);
        Assert.Contains("The interval does not contain 0 in 0 of 6 cells: B is larger in 0, smaller in 0. Without any difference, about 5 percent of the cells would be expected.", same);
    }

    [Fact]
    public void Other_draws_are_not_paired_and_cells_without_results_are_counted()
    {
        FinishedRun.Of([.. s_tanh, "--set", "seed=2"]).CopyTo(_folder["c"]);
        StoredRows.RemoveCells(_folder["c"], 2);
        string output = Compare("a", "c").Output;
        Assert.Contains("differ in seed (1 in A, 2 in B).", output, StringComparison.Ordinal);
        Assert.Contains("because their draws differ", output, StringComparison.Ordinal);
        Assert.Contains("12, 12", output, StringComparison.Ordinal);
        Assert.Contains("2 cells have no results in A or in B.", output, StringComparison.Ordinal);
        FinishedRun.Of([.. s_tanh[..6], "--set", "replicates=3"]).CopyTo(_folder["few"]);
        Assert.Contains("6 cells with fewer than 8 known replicates have no interval.", Compare("a", "few").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_has_the_sentences_a_figure_and_every_row()
    {
        string[] output = Compare("a", "b", "-o", "new/page").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["new/page/compare.html", "new/page/compare.svg"], output[^2..]);
        string page = System.Net.WebUtility.HtmlDecode(File.ReadAllText(_folder["new/page/compare.html"]));
        Assert.Contains(output[2], page, StringComparison.Ordinal);
        Assert.Equal(5, page.Split("<tr>").Length - 1);
        XElement figure = XDocument.Load(_folder["new/page/compare.svg"]).Root!;
        XElement[] elements = [.. figure.Descendants()];
        Assert.Equal(4, elements.Count(element => element.Attribute("class")?.Value.EndsWith(" dot", StringComparison.Ordinal) == true && element.Parent == figure) - LegendDots(elements));
        Assert.Equal(2, elements.Count(element => element.Attribute("class")?.Value.StartsWith("bar ", StringComparison.Ordinal) == true));
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--column must be a number of replicates.csv, or its median, mean or fraction in summary.csv, of both runs, but was 'lyapunov_mux'; did you mean lyapunov_max?", "a", "b", "--column", "lyapunov_mux")]
    [InlineData("there is no folder nowhere", "a", "nowhere")]
    [InlineData("--output must name a folder, but was empty", "a", "b", "-o", "")]
    [InlineData("A must name a folder, but was empty", "", "b")]
    public void Bad_input_is_refused_with_a_message(string message, params string[] arguments) =>
        Assert.Contains(message, RunningProgram.Run(_folder.Path, ["compare", .. arguments]).Expect(2).Error, StringComparison.Ordinal);

    [Fact]
    public void Runs_without_a_common_value_are_refused()
    {
        FinishedRun.Of([.. s_tanh[2..], "--set", "spectral_radius=3,4"]).CopyTo(_folder["far"]);
        Assert.Equal(
            "rnnsweep: a and far: no cells match: spectral_radius has no value in both sweeps, but 0.8, 1, 1.2 in one and 3, 4 in the other",
            Assert.Single(RunningProgram.Run(_folder.Path, "compare", "a", "far").Expect(2).ErrorLines));
    }

    [Fact]
    public void Tables_with_all_fields_have_the_same_rows_and_are_verified()
    {
        string[] tables = ["summary", "replicates"];
        Dictionary<string, string> before = tables.ToDictionary(table => table, table => File.ReadAllText(_folder[$"b/{table}.csv"]));
        RunningProgram.Run(_folder.Path, "export", "b", "--all-fields").Expect(0);
        RunningProgram.Run(_folder.Path, "export", "b", "--all-fields", "--format", "parquet").Expect(0);
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(_folder["b/manifest.json"]));
        Assert.Equal("""{"spectral_radius":[1.2,0.8,2],"sequence_length":[10,40]}""", Compact(manifest.RootElement.GetProperty("axes")));
        foreach (string table in tables)
        {
            string[][] was = Rows(before[table]), now = Rows(File.ReadAllText(_folder[$"b/{table}.csv"]));
            string[] added = [.. now[0].Except(was[0])];
            Assert.Equal(manifest.RootElement.GetProperty("fields").EnumerateObject().Select(field => field.Name), added.Except(["gate_spectral_radius"]));
            Assert.All(now, row => Assert.Equal(row[0].Replace("spectral", "gate_spectral", StringComparison.Ordinal), row[Array.IndexOf(now[0], "gate_spectral_radius")])); // it follows the axis
            int[] kept = [.. was[0].Select(name => Array.IndexOf(now[0], name))];
            Assert.Equal(was, now.Select(row => kept.Select(column => row[column]).ToArray()));
            foreach (string name in added.Except(["gate_spectral_radius"]))
            {
                string expected = manifest.RootElement.GetProperty("fields").GetProperty(name).ToString();
                Assert.All(now[1..], row => Assert.Equal(expected, row[Array.IndexOf(now[0], name)]));
                Assert.True(manifest.RootElement.GetProperty("columns").TryGetProperty(name, out _));
            }

            ParquetFile parquet = ParquetFile.Read(_folder[$"b/{table}.parquet"]);
            Assert.Equal(now[0], parquet.Columns.Select(column => column.Name));
            Assert.Equal(now[1..].Select(row => string.Join(',', row)), Enumerable.Range(0, now.Length - 1).Select(row => string.Join(',', parquet.Row(row))));
        }

        RunningProgram.Run(_folder.Path, "verify", "b").Expect(0);
        File.WriteAllText(_folder["b/summary.csv"], File.ReadAllText(_folder["b/summary.csv"]).Replace(",linear,", ",tanh,", StringComparison.Ordinal));
        Assert.Contains("summary.csv differs from the stored results, first in line 2", RunningProgram.Run(_folder.Path, "verify", "b").Expect(5).Output, StringComparison.Ordinal);
        RunningProgram.Run(_folder.Path, "export", "b").Expect(0);
        Assert.All(tables, table => Assert.Equal(before[table], File.ReadAllText(_folder[$"b/{table}.csv"])));
    }

    public void Dispose() => _folder.Dispose();

    private ProgramResult Compare(params string[] arguments) => RunningProgram.Run(_folder.Path, ["compare", .. arguments]).Expect(0);

    // The dots of a legend lie below the axes, whose lower end is at y = 282.
    private static int LegendDots(XElement[] elements) => elements.Count(element => element.Attribute("class")?.Value.EndsWith(" dot", StringComparison.Ordinal) == true
        && double.Parse(element.Attribute("cy")!.Value, CultureInfo.InvariantCulture) > 282);

    private double[] Values(string run, JsonElement cell, string column)
    {
        string[][] rows = Rows(File.ReadAllText(_folder[$"{run}/replicates.csv"]));
        (int key, int value) = (Array.IndexOf(rows[0], "cell_key"), Array.IndexOf(rows[0], column));
        return [.. rows[1..].Where(row => row[key] == cell.GetProperty($"cell_key_{run}").GetString()).Select(row => double.Parse(row[value], CultureInfo.InvariantCulture))];
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string[][] Rows(string csv) => [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(','))];

    private static string Compact(JsonElement json) => JsonSerializer.Serialize(json);

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
