using System.Globalization;
using System.Text.RegularExpressions;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>The figures of the leading exponents show the numbers of leading.csv, summary.csv and history.csv.</summary>
public sealed partial class LeadingCurvesTests : IDisposable
{
    private static readonly string[] s_sweep = ["--set", "statistics=leading", "--set", "leading=3", "--set", "sequence_length=200", "--set", "replicates=1"];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Exponents_and_dimension_are_drawn_along_the_axis()
    {
        // λ_1 of a linear network of one matrix is close to ln ρ: the points of a straight chain rise with ρ, and the three lines do not cross.
        RunningProgram.Run(_folder.Path, ["run", .. s_sweep, "--set", "hidden_size=6", "--set", "activation=linear", "--set", "spectral_radius=0.5,0.7,1.6", "-o", "run"]).Expect(0);
        string figure = File.ReadAllText(_folder["run/figures/leading.svg"]);
        Assert.Contains(">λ₃</text>", figure, StringComparison.Ordinal);
        double[][] lines = [.. Line().Matches(figure).Select(match => Heights(match.Groups[1].Value))];
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Equal(line.OrderDescending(), line)); // heights are measured from the top
        Assert.True(lines[0][0] <= lines[1][0] && lines[1][0] <= lines[2][0], "λ_1 is the highest");
        AssertProportional("run", lines[0]);

        // Where λ_1 < 0 the dimension is 0; at 1.6 the sum of three exponents is above 0, so it is not known.
        double[] dimensions = [.. File.ReadAllLines(_folder["run/summary.csv"]).Skip(1).Select(line => line.Split(',')[Column("run/summary.csv", "kaplan_yorke_dimension_median")]).Where(text => text.Length > 0).Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        Assert.Equal([0, 0], dimensions);
        string dimension = File.ReadAllText(_folder["run/figures/dimension.svg"]);
        Assert.Equal(2, Regex.Count(dimension, "<circle class=\"s1 dot\""));
        Assert.False(File.Exists(_folder["run/figures/history.svg"]));
    }

    [Fact]
    public void A_single_cell_has_its_exponents_over_the_steps()
    {
        RunningProgram.Run(_folder.Path, ["run", .. s_sweep, "--set", "hidden_size=6", "--set", "spectral_radius=1.2", "-o", "run"]).Expect(0);
        string figure = File.ReadAllText(_folder["run/figures/history.svg"]);
        double[][] lines = [.. Line().Matches(figure).Select(match => Heights(match.Groups[1].Value))];
        int steps = (File.ReadAllLines(_folder["run/history.csv"]).Length - 1) / 3;
        Assert.Equal([steps, steps, steps], lines.Select(line => line.Length));
        Assert.False(File.Exists(_folder["run/figures/leading.svg"]));
        string page = File.ReadAllText(_folder["run/report.html"]);
        Assert.Contains("href=\"#history\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_without_leading_exponents_has_no_such_figure()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        Assert.Empty(Directory.GetFiles(_folder.Path, "leading*.svg", SearchOption.AllDirectories));
    }

    public void Dispose() => _folder.Dispose();

    // The heights of the points of λ_1 are an affine function of the numbers in leading.csv, to the tenth of a unit to which drawings are rounded.
    private void AssertProportional(string run, double[] heights)
    {
        int index = Column($"{run}/leading.csv", "index"), lyapunov = Column($"{run}/leading.csv", "lyapunov");
        double[] first = [.. File.ReadAllLines(_folder[$"{run}/leading.csv"]).Skip(1).Select(line => line.Split(',')).Where(row => row[index] == "1").Select(row => double.Parse(row[lyapunov], CultureInfo.InvariantCulture))];
        double slope = (heights[2] - heights[0]) / (first[2] - first[0]);
        Assert.Equal(heights[0] + (slope * (first[1] - first[0])), heights[1], 0.2);
    }

    private int Column(string table, string name) => Array.IndexOf(File.ReadLines(_folder[table]).First().Split(','), name);

    private static double[] Heights(string path) => [.. Coordinates().Matches(path).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex("<path class=\"line s\\d\" d=\"(M[^\"L]*L[^\"L]*L[^\"]*)\"")]
    private static partial Regex Line();

    [GeneratedRegex(@"[ML][\d.]+ ([\d.]+)")]
    private static partial Regex Coordinates();
}
