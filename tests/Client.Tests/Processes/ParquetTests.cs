using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary><c>rnnsweep export --format parquet</c>.</summary>
public sealed class ParquetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Export_writes_the_tables_of_a_run_as_parquet()
    {
        FinishedRun.Of([.. SmallSweep.Blink, .. SmallSweep.Measured]).CopyTo(_folder["run"]);
        ProgramResult result = RunningProgram.Run(_folder.Path, "export", "run", "--format", "parquet").Expect(0);
        Assert.Equal(
            ["run/summary.parquet", "run/replicates.parquet", "run/spectrum.parquet", "run/lags.parquet", "run/leading.parquet", "run/history.parquet", "run/report.html"],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        foreach (string table in new[] { "summary", "replicates", "spectrum", "lags", "leading", "history" })
        {
            string[] rows = File.ReadAllLines(_folder[$"run/{table}.csv"]);
            ParquetFile found = ParquetFile.Read(_folder[$"run/{table}.parquet"]);
            Assert.Equal(rows[0], string.Join(',', found.Columns.Select(column => column.Name)));
            Assert.Equal(rows[1..], Enumerable.Range(0, rows.Length - 1).Select(row => string.Join(',', found.Row(row))));
        }
    }

    [Fact]
    public void Another_format_is_refused()
    {
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        ProgramResult result = RunningProgram.Run(_folder.Path, "export", "run", "--format", "feather").Expect(2);
        Assert.Equal("rnnsweep: --format must be csv or parquet, but was 'feather'", Assert.Single(result.ErrorLines));
    }

    [SkippableFact]
    public void Only_an_export_to_parquet_loads_the_library()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need rights");
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["run"]);
        string program = CopyWithoutParquet();
        foreach (string command in new[] { "export run", "show run", "verify run", "plan --set hidden_size=4", "run --set hidden_size=4 --set replicates=1 -o other" })
        {
            RunningProgram.Shell(_folder.Path, $"'{program}' {command}").Expect(0);
        }

        ProgramResult parquet = RunningProgram.Shell(_folder.Path, $"'{program}' export run --format parquet");
        Assert.NotEqual(0, parquet.ExitCode);
        Assert.Contains("Parquet", parquet.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    // The program's folder, of links, with an unreadable library in place of the real one.
    private string CopyWithoutParquet()
    {
        string from = Path.GetDirectoryName(RunningProgram.Path)!;
        Directory.CreateDirectory(_folder["program"]);
        foreach (string entry in Directory.EnumerateFileSystemEntries(from))
        {
            string copy = _folder[$"program/{Path.GetFileName(entry)}"];
            if (Path.GetFileName(entry) == "Parquet.dll")
            {
                File.WriteAllText(copy, "not an assembly");
            }
            else if (Path.GetFileName(entry).StartsWith("rnnsweep", StringComparison.Ordinal))
            {
                File.Copy(entry, copy); // the host resolves links before it looks for the others
            }
            else
            {
                File.CreateSymbolicLink(copy, entry);
            }
        }

        return _folder["program/rnnsweep"];
    }
}
