using RnnSweep.Client.Reports;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>A part of a report that fails affects neither the other parts nor the tables, and the exit code reports it.</summary>
public sealed class ReportTroubleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_figure_that_fails_is_left_out_and_named_in_the_page()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.5", "1.5"])], (spec, r) => spec.SpectralRadius - 1 + (r / 10.0), hasTraces: true);
        sweep.Report.Write();
        Assert.True(File.Exists(sweep.Folder["figures/spectrum.svg"]));

        var report = new Report(sweep.Folder, sweep.Plan, sweep.Store, new Theory()) { TheorySpectrum = _ => throw new InvalidOperationException("no root") };
        Assert.Equal(["the figure spectrum cannot be drawn: no root", "the figure spectrum-near-0 cannot be drawn: no root"], report.Write().Troubles);
        string page = File.ReadAllText(sweep.Folder[RunFolder.ReportFile]);
        Assert.Contains("The figure spectrum cannot be drawn: no root", page, StringComparison.Ordinal);
        Assert.False(File.Exists(sweep.Folder["figures/spectrum.svg"]));
        Assert.True(File.Exists(sweep.Folder["figures/exponent.svg"]));
        Assert.Equal(ReportOutcome.Incomplete, report.TryWrite(CancellationToken.None));
    }

    [Fact]
    public void A_theory_that_is_known_but_not_comparable_is_not_called_unknown()
    {
        using var sweep = new SyntheticSweep([("spectral_radius", ["0.5", "1.5"])], (_, _) => double.NegativeInfinity);
        Assert.DoesNotContain("No theory", sweep.Words, StringComparison.Ordinal); // SyntheticSweep's theory is ln ρ
        Assert.Contains("gives λ for 2 cells, but the mean of the measured λ is −∞ in each, because the product of a network is 0", sweep.Words, StringComparison.Ordinal);
        ReportData atZero = ReportData.Read(sweep.Plan, sweep.Store, _ => CellTheory.Unknown with { LyapunovMax = double.NegativeInfinity });
        Assert.Contains("Both mean-field theory (N → ∞) and the mean of the measured λ are −∞.", string.Join('\n', Report.Words(atZero).Select(Phrase.Capitalised)), StringComparison.Ordinal);
        Assert.Contains("No theory of λ is known for these cells.", string.Join('\n', Report.Words(ReportData.Read(sweep.Plan, sweep.Store, _ => CellTheory.Unknown))), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_reports_a_page_that_it_cannot_write_and_has_its_exit_code()
    {
        Directory.CreateDirectory(_folder["run/report.html/in-the-way"]);
        ProgramResult run = RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "run"]).Expect(6);
        Assert.Contains("the tables are written, but the report is not", run.Error, StringComparison.Ordinal);
        Assert.Equal("run/summary.csv\nrun/replicates.csv\n", run.Output);
        Assert.Equal(FinishedRun.Of(SmallSweep.Blink).Tables, SmallSweep.TablesOf(_folder["run"]));
        RunningProgram.Run(_folder.Path, "verify", "run").Expect(0);
        RunningProgram.Run(_folder.Path, "export", "run").Expect(6);
        RunningProgram.Run(_folder.Path, "report", "run").Expect(4);
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["part"]);
        Directory.CreateDirectory(_folder["whole/report.html/in-the-way"]);
        RunningProgram.Run(_folder.Path, "merge", "part", "-o", "whole").Expect(6);
        Assert.Equal(SmallSweep.TablesOf(_folder["run"]), SmallSweep.TablesOf(_folder["whole"]));
    }

    [Fact]
    public void A_theory_without_a_solution_does_not_prevent_tables_and_report()
    {
        // The square of this gain overflows a double.
        string[] sweep = ["--set", "activation=linear", "--set", "spectral_radius=1e155,1", "--set", "hidden_size=2", "--set", "sequence_length=3", "--set", "statistics=spectrum"];
        RunningProgram.Run(_folder.Path, ["run", .. sweep, "-o", "run"]).Expect(0);
        Assert.Equal(3, File.ReadLines(_folder["run/summary.csv"]).Count());
        Assert.True(File.Exists(_folder["run/report.html"]));
    }

    [SkippableFact]
    public void Ctrl_C_while_the_report_is_written_keeps_the_tables_and_sets_the_exit_code()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs a pipe with a name");

        // The report reads figures that it has not written, which may be those of an earlier report. If one of them is a pipe, it waits there for text after it
        // has written the last of its own.
        Directory.CreateDirectory(_folder["run/figures"]);
        RunningProgram.Shell(_folder.Path, "mkfifo run/figures/other.svg").Expect(0);
        using var figure = new FileStream(_folder["run/figures/other.svg"], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1);
        using RunningProgram program = RunningProgram.Start(_folder.Path, ["run", .. SmallSweep.Blink, "-o", "run"]);
        Assert.True(program.WaitUntil(() => File.Exists(_folder["run/figures/outcomes-activation-relu.svg"])));
        program.Send(RunningProgram.Interrupt);
        Assert.True(program.WaitUntil(() => program.Error.Contains("press again to exit immediately", StringComparison.Ordinal)));
        figure.Write("no figure\n"u8);
        figure.Flush();
        ProgramResult result = program.WaitForExit().Expect(130);
        Assert.Contains("the tables are written, but the report is not: interrupted", result.Error, StringComparison.Ordinal);
        Assert.Equal("run/summary.csv\nrun/replicates.csv\n", result.Output);
        Assert.False(File.Exists(_folder["run/report.html"]));
    }

    public void Dispose() => _folder.Dispose();
}
