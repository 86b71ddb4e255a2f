using System.Globalization;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Runs;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Client.Tests.Commands;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>Sweeps whose axis is searched for the values at which a column reaches a target.</summary>
public sealed class LocateTests : IDisposable
{
    // Two lines of points, at two lengths: ρ = 1 + e^(−reset_bias) for W = ρ I.
    private static readonly string[] s_gru =
    [
        "--set", "network=gru", "--set", "weights=identity", "--set", "hidden_size=4", "--set", "initial_scale=0", "--set", "reset_bias=-1,0.5", "--set", "sequence_length=40,20",
        "--set", "spectral_radius={from: 1, to: 5, locate: lyapunov_max_slope = 0, to_within: 0.002}",
    ];

    // One line, on which each network has a root of its own, some seconds long.
    private static readonly string[] s_seconds =
    [
        "--set", "hidden_size=40", "--set", "sequence_length=1500", "--set", "activation=linear", "--set", "initial_scale=0", "--set", "scaling=expected", "--parallelism", "2",
        "--set", "spectral_radius={from: 0.5, to: 2, count: 4, locate: lyapunov_max_slope = 0, to_within: 0.001}",
    ];

    private static readonly string[] s_tables = ["replicates.csv", "summary.csv", "critical.csv", "critical_summary.csv"];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Critical_values_are_located_and_every_engine_writes_the_same_bytes()
    {
        string[] sweep = [.. s_gru, "--set", "replicates=2"];
        ProgramResult first = RunningProgram.Run(_folder.Path, ["run", .. sweep, "--engine", "threads", "--parallelism", "1", "-o", "one"]).Expect(0);
        RunningProgram.Run(_folder.Path, ["run", .. sweep, "--engine", "threads", "--parallelism", "3", "-o", "three"]).Expect(0);
        RunningProgram.Run(_folder.Path, ["run", .. sweep, "--engine", "silo", "-o", "silo"]).Expect(0);
        Dictionary<string, string> tables = SmallSweep.TablesOf(_folder["one"]);

        Assert.Equal(s_tables.Order(), tables.Keys.Order());
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["three"]));
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["silo"]));
        Assert.Equal(File.ReadAllText(_folder["one/figures/critical.svg"]), File.ReadAllText(_folder["silo/figures/critical.svg"]));
        string[] rows = Rows(tables["critical.csv"]);
        Assert.Equal("reset_bias,sequence_length,replicate,bracket,low,high,root,low_side,high_side,status", rows[0]);
        Assert.Equal(1 + (2 * 2 * 2), rows.Length);
        foreach (string[] row in rows[1..].Select(row => row.Split(',')))
        {
            // Linear interpolation errs by at most w² / 8 · |f''| / |f'|, at most 1 here.
            double critical = 1 + Math.Exp(-Number(row[0]));
            Assert.InRange(critical, Number(row[4]), Number(row[5]));
            Assert.InRange(Number(row[5]) - Number(row[4]), 0, 0.002 * (1 + 1e-9));
            Assert.Equal(critical, Number(row[6]), 0.002 * 0.002);
            Assert.Equal(["below", "above", "located"], row[7..]);
        }

        Assert.Contains("reset_bias 0.5, sequence_length 20: lyapunov_max_slope = 0 at spectral_radius = 1.60", first.Error, StringComparison.Ordinal);
        Assert.Contains("An interval needs 6 networks or more; there are 2: set replicates.", first.Error, StringComparison.Ordinal);
        Assert.Equal(2, first.Error.Split("eset_bias -1, sequence_length 40: lyapunov_max_slope", StringSplitOptions.None).Length); // said once
        Assert.Contains("one/critical.csv\none/critical_summary.csv\none/report.html\n", first.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_folder_is_shown_verified_exported_and_reported_like_any_other()
    {
        FinishedRun.Of([.. s_gru, "--set", "replicates=2"]).CopyTo(_folder["run"]);
        Dictionary<string, string> tables = SmallSweep.TablesOf(_folder["run"]);
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
        ProgramResult shown = RunningProgram.Run(_folder.Path, "show", "run").Expect(0);
        Assert.Contains("reset_bias -1, sequence_length 40: lyapunov_max_slope = 0 at spectral_radius = 3.718", shown.Output, StringComparison.Ordinal);
        RunningProgram.Run(_folder.Path, "show", "run", "--at", "spectral_radius=1").Expect(0);
        RunningProgram.Run(_folder.Path, "show", "run", "--json").Expect(0);
        RunningProgram.Run(_folder.Path, "report", "run").Expect(0);
        string page = File.ReadAllText(_folder["run/report.html"]);
        Assert.Contains("Critical spectral radius", page, StringComparison.Ordinal);
        Assert.Contains("figures/critical.svg", page, StringComparison.Ordinal);
        Assert.Contains("Where lyapunov max slope", page, StringComparison.Ordinal); // an underscore would begin an index

        File.AppendAllText(_folder["run/critical.csv"], "x");
        Assert.Contains("critical.csv differs from the stored results", RunningProgram.Run(_folder.Path, "verify", "run").Expect(ExitCode.Damaged).Output, StringComparison.Ordinal);
        File.Delete(_folder["run/critical_summary.csv"]);
        RunningProgram.Run(_folder.Path, "export", "run").Expect(0);
        Assert.Equal(tables, SmallSweep.TablesOf(_folder["run"]));

        RunningProgram.Run(_folder.Path, "export", "run", "--format", "parquet").Expect(0);
        foreach (string table in new[] { "critical", "critical_summary" })
        {
            string[] rows = Rows(tables[$"{table}.csv"]);
            ParquetFile found = ParquetFile.Read(_folder[$"run/{table}.parquet"]);
            Assert.Equal(rows[0], string.Join(',', found.Columns.Select(column => column.Name)));
            Assert.Equal(rows[1..], Enumerable.Range(0, rows.Length - 1).Select(row => string.Join(',', found.Row(row))));
        }
    }

    [Fact]
    public void Nothing_is_said_of_lines_without_a_root_before_their_points_are_computed()
    {
        FinishedRun.Of([.. s_gru, "--set", "replicates=2"]).CopyTo(_folder["run"]);
        StoredRows.Execute(_folder["run"], "DELETE FROM readings WHERE cell IN (SELECT id FROM cells WHERE spectral_radius > 1)");
        string shown = RunningProgram.Run(_folder.Path, "show", "run").Expect(0).Output;
        Assert.Contains("The search along spectral_radius is not finished: cells of its round 0 are missing.\n", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("nowhere", shown, StringComparison.Ordinal);
    }

    // The roots are those of ρ(W₀) ρ = 1 for W = ρ W₀, λ = ln(ρ ρ(W₀)) of a linear network, but for what the norm still owes to the first steps.
    [Fact]
    public void A_run_that_is_killed_in_any_round_writes_the_bytes_of_an_uninterrupted_run()
    {
        string[] command = ["run", .. s_seconds, "--set", "replicates=6", "--json", "-o", "run"];
        FinishedRun undisturbed = FinishedRun.Of([.. s_seconds, "--set", "replicates=6"]);
        Assert.InRange(undisturbed.Cells, 4 + 6, 4 + (6 * 8 * 9));
        foreach (double part in new[] { 0.05, 0.3, 0.6, 0.9 })
        {
            using RunningProgram program = RunningProgram.Start(_folder.Path, command);
            program.WaitUntil(() => Directory.Exists(_folder["run"]) && StoredRows.Count(_folder["run"]) >= part * undisturbed.Rows.Count);
            program.Send(RunningProgram.Kill);
            program.WaitForExit();
            if (File.Exists(_folder["run/manifest.json"]))
            {
                RunningProgram.Run(_folder.Path, "verify", "run", "--sample", "1"); // reads the rounds of a part of the results
            }
        }

        RunningProgram.Run(_folder.Path, command).Expect(0);
        Assert.Equal(undisturbed.Tables, SmallSweep.TablesOf(_folder["run"]));
        Assert.Equal(undisturbed.Rows, StoredRows.Contents(_folder["run"]));
        Assert.Equal(0, RunningProgram.Run(_folder.Path, command).Expect(0).Number("computed"));
        Assert.Equal(undisturbed.Tables, SmallSweep.TablesOf(_folder["run"]));
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
    }

    [Fact]
    public void More_replicates_and_a_smaller_width_take_what_is_stored()
    {
        string[] small = [.. s_seconds.Select(option => option.Replace("sequence_length=1500", "sequence_length=30", StringComparison.Ordinal))];
        string[] coarse = [.. small.Select(option => option.Replace("to_within: 0.001", "to_within: 0.1", StringComparison.Ordinal)), "--set", "replicates=3"];
        long stored = RunningProgram.Run(_folder.Path, ["run", .. coarse, "--json", "-o", "run"]).Expect(0).Number("cells");
        ProgramResult more = RunningProgram.Run(_folder.Path, ["run", .. small, "--set", "replicates=7", "--json", "-o", "run"]).Expect(0);
        Assert.InRange(stored, 5, more.Number("cells") - 1);
        Assert.Equal(FinishedRun.Of([.. small, "--set", "replicates=7"]).Tables, SmallSweep.TablesOf(_folder["run"]));

        // The coarse search again, whose tables have its own points alone: the store holds the others, too.
        Assert.Equal(0, RunningProgram.Run(_folder.Path, ["run", .. coarse, "--json", "-o", "run"]).Expect(0).Number("computed"));
        Assert.Equal(FinishedRun.Of(coarse).Tables, SmallSweep.TablesOf(_folder["run"]));
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);

        // Another seed has no cell in common.
        Assert.Contains("choose another folder, as with", RunningProgram.Run(_folder.Path, ["run", .. coarse, "--set", "seed=2", "-o", "run"]).Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_plan_bounds_the_cells_that_are_added()
    {
        string[] sweep = [.. s_gru, "--set", "replicates=2"];
        ProgramResult plan = RunningProgram.Run(_folder.Path, ["plan", .. sweep]).Expect(0);

        // Intervals of ½ are at most 0.002 wide after 8 halvings. Two lines at two lengths: 4 × 2 × 2 series × 8 rounds × 8 brackets at most.
        Assert.Contains(
            "locate        lyapunov_max_slope = 0 along spectral_radius to within 0.002: at most 1024 more cells in 8 rounds, 128 where each replicate has one root", plan.Output, StringComparison.Ordinal);
        Assert.Equal(1024, RunningProgram.Run(_folder.Path, ["plan", .. sweep, "--json"]).Expect(0).Number("most_more_cells"));

        FinishedRun.Of(sweep).CopyTo(_folder["run"]);
        Assert.Contains("of them are known so far, and it is finished", RunningProgram.Run(_folder.Path, ["plan", .. sweep, "-o", "run"]).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_of_a_cell_has_one_root_with_its_bracket()
    {
        ProgramResult result = RunningProgram.Run(
            _folder.Path, "run", "--set", "hidden_size=6", "--set", "replicates=4", "--set", "spectral_radius={from: 0.5, to: 1.5, count: 5, locate: fraction_vanishing = 0.5, to_within: 0.01}", "-o", "run").Expect(0);

        Assert.Contains("fraction_vanishing = 0.5 at spectral_radius = ", result.Error, StringComparison.Ordinal);
        Assert.StartsWith("bracket,low,high,root,low_side,high_side,status\n1,", File.ReadAllText(_folder["run/critical.csv"]), StringComparison.Ordinal);
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
    }

    [Fact]
    public void What_cannot_be_searched_is_refused_with_its_reason()
    {
        Refused("--shard cannot cut", ["run", .. s_gru, "--shard", "1/2"]);
        Refused("'rnnsweep run --engine cluster' submits them one after another", ["submit", .. s_gru, "--cluster", "Host=none"]);
        FinishedRun.Of([.. s_gru, "--set", "replicates=2"]).CopyTo(_folder["run"]);
        Refused("whose cells follow from its results", ["merge", "run", "-o", "whole"]);

        void Refused(string reason, string[] command) => Assert.Contains(reason, RunningProgram.Run(_folder.Path, command).Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_finds_the_critical_line_of_a_gru()
    {
        RunningProgram.Run(_folder.Path, "run", SourceTree.PathOf("examples", "critical-line.yaml"), "-o", "run").Expect(0);
        foreach (IGrouping<string, string[]> line in Rows(File.ReadAllText(_folder["run/critical.csv"]))[1..].Select(row => row.Split(',')).GroupBy(row => row[0]))
        {
            // No root lies below that of a leading eigenvalue which is positive, and about half of the networks have it. Their norms still grow by other directions in the second half of
            // the sequence, which lowers the slope's root by less than 1e-3.
            double critical = 1 + Math.Exp(-Number(line.Key));
            double[] roots = [.. line.Select(row => Number(row[5]))];
            Assert.Equal(16, roots.Length);
            Assert.Equal(critical, roots.Min(), 0.002);
            Assert.InRange(roots.Count(root => Math.Abs(root - critical) < 0.002), 3, 13); // binomial(16, ½), 0.4 percent beyond
        }
    }

    [Fact]
    public void A_round_is_submitted_as_one_plain_sweep_or_as_one_for_each_line()
    {
        ResolvedSweep sweep = SweepFileReader.Read(null, [.. s_gru.Where(option => option != "--set"), "replicates=2"], out _)!;
        ResolvedSweep grid = Assert.Single(ClusterSearchEngine.Parts(sweep, sweep.Plan, new Dictionary<CellKey, ReplicateSet>(), new HashSet<long>()));
        Assert.Null(grid.Plan.Locating);
        Assert.Equal(sweep.Plan.PlannedCells(), grid.Plan.PlannedCells());
        Assert.DoesNotContain("locate", SweepFileWriter.WriteSubmitted(grid), StringComparison.Ordinal);

        // Without the cells of the grid, what is left of a later round are the points of each line.
        FinishedRun.Of([.. s_gru, "--set", "replicates=2"]).CopyTo(_folder["run"]);
        SweepPlan plan = StoredRun.Open(_folder["run"], null).Sweep.Plan;
        ResolvedSweep[] parts = [.. ClusterSearchEngine.Parts(sweep, plan, sweep.Plan.PlannedCells().ToDictionary(cell => cell.Key, _ => ReplicateSet.Of([0, 1])), new HashSet<long>())];
        Assert.Equal(2, parts.Length);
        Assert.Equal(
            plan.PlannedCells().Select(cell => cell.Key).Except(sweep.Plan.PlannedCells().Select(cell => cell.Key)).ToHashSet(),
            parts.SelectMany(part => part.Plan.PlannedCells()).Select(cell => cell.Key).ToHashSet());
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Rows(string table) => table.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
