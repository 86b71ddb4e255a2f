using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>The programs in examples/ that read the folder of a run.</summary>
public sealed class PythonExamplesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PythonExamplesTests() => FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);

    [SkippableFact]
    public void Rows_of_the_replicates_are_regenerated_in_numpy()
    {
        Skip.If(!Has("numpy, scipy.special"), "no python3 with numpy and scipy in /usr/bin");
        string[] rows = File.ReadAllLines(_folder["run/replicates.csv"])[1..];
        foreach (int row in new[] { 0, 7, 31, rows.Length - 1 })
        {
            string shown = Python("reproduce.py", $"run {row}").Expect(0).Output;
            string[] lines = shown.TrimEnd().Split('\n');

            // 1e-9 is the documented accuracy; none of these networks is chaotic over its number of steps.
            Assert.InRange(double.Parse(lines[^1].Split(' ')[2].TrimEnd(',')), 0, 1e-9);
            Assert.DoesNotContain("differs", shown, StringComparison.Ordinal);
            Assert.All(rows[row].Split(',')[5..].Where(field => field.Length > 0), field => Assert.Contains(field, shown, StringComparison.Ordinal));
        }

        Assert.Contains("has no row 60", Python("reproduce.py", "run 60").Expect(1).Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Pandas_reads_the_tables_and_draws_them()
    {
        Skip.If(!Has("pandas, matplotlib"), "no python3 with pandas and matplotlib in /usr/bin");
        string shown = Python("read_results.py", "run picture.png").Expect(0).Output;
        Assert.Contains("20 cells, 60 replicates", shown, StringComparison.Ordinal);
        Assert.Contains("at activation tanh, the first of 2", shown, StringComparison.Ordinal);
        Assert.Equal(5, shown.Split('\n').Count(line => line.StartsWith("0.", StringComparison.Ordinal) || line.StartsWith("1.", StringComparison.Ordinal)));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(_folder["picture.png"])[..4]);
    }

    [SkippableFact]
    public void A_missing_package_or_folder_is_reported_in_one_line()
    {
        Skip.If(!Has("sys"), "no python3 in /usr/bin");

        // Without site-packages, as on a machine that lacks numpy and pandas.
        ProgramResult result = RunningProgram.Shell(_folder.Path, $"/usr/bin/python3 -S '{SourceTree.PathOf("examples", "read_results.py")}' run");
        Assert.Equal("read_results.py needs pandas: apt install python3-pandas, or pip install pandas", Assert.Single(result.Expect(1).ErrorLines));
    }

    public void Dispose() => _folder.Dispose();

    private bool Has(string modules) => RunningProgram.Shell(_folder.Path, $"/usr/bin/python3 -c 'import {modules}'").ExitCode == 0;

    private ProgramResult Python(string script, string arguments) =>
        RunningProgram.Shell(_folder.Path, $"OPENBLAS_NUM_THREADS=1 MPLCONFIGDIR=. /usr/bin/python3 '{SourceTree.PathOf("examples", script)}' {arguments}");
}
