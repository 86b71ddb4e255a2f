using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>A sweep that is read from standard input.</summary>
public sealed class StandardInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("sweep.yaml", "spectral_radius: [0.5, 1]\nhidden_size: 2\nsequence_length: 1..4:1\n")]
    [InlineData("sweep.json", "{\"spectral_radius\": [0.5, 1], \"hidden_size\": 2, \"sequence_length\": {\"from\": 1, \"to\": 4, \"step\": 1}}")]
    public void A_plan_is_that_of_the_same_file(string file, string text)
    {
        File.WriteAllText(_folder[file], text);
        string plan = RunningProgram.Run(_folder.Path, "plan", file).Expect(0).Output;
        Assert.Contains("cells         8 = 2 spectral_radius × 4 sequence_length", plan, StringComparison.Ordinal);
        Assert.Equal(plan, RunningProgram.Shell(_folder.Path, $"cat {file} | \"$RNNSWEEP_PROGRAM\" plan -").Expect(0).Output);
    }

    [Fact]
    public void A_run_has_the_tables_of_the_same_file_and_its_folder_can_be_resumed()
    {
        File.WriteAllText(_folder["sweep.yaml"], "weights: sub/w.npy\nsequence_length: 3..1:-1\nreplicates: 2\nscaling: expected\n");
        Directory.CreateDirectory(_folder["sub"]);
        WriteMatrix(_folder["sub/w.npy"]);
        RunningProgram.Run(_folder.Path, "run", "sweep.yaml", "-o", "file").Expect(0);
        RunningProgram.Shell(_folder.Path, "\"$RNNSWEEP_PROGRAM\" run - -o piped < sweep.yaml").Expect(0);
        foreach (string table in (string[])["summary.csv", "replicates.csv", "sweep.yaml"])
        {
            Assert.Equal(File.ReadAllBytes(_folder[$"file/{table}"]), File.ReadAllBytes(_folder[$"piped/{table}"]));
        }

        RunningProgram.Run(_folder.Path, "run", "piped/sweep.yaml", "-o", "piped").Expect(0);
    }

    [Theory]
    [InlineData("seed: x", "standard input:1:7: seed must be")]
    [InlineData("weights: w.npy", "standard input:1:10: w.npy does not exist")]
    [InlineData("", "standard input: the file is empty")]
    public void A_problem_is_reported_at_its_place_in_standard_input(string text, string message)
    {
        File.WriteAllText(_folder["sweep.yaml"], text);
        foreach (string command in (string[])["run", "plan", "submit"])
        {
            ProgramResult result = RunningProgram.Shell(_folder.Path, $"\"$RNNSWEEP_PROGRAM\" {command} - < sweep.yaml").Expect(2);
            Assert.StartsWith(message, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("plan")]
    [InlineData("run")]
    public void A_closed_standard_input_is_reported(string command)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs /proc");
        ProgramResult result = RunningProgram.Shell(_folder.Path, $"\"$RNNSWEEP_PROGRAM\" {command} - <&-").Expect(2);
        Assert.Equal("standard input: is closed", Assert.Single(result.ErrorLines));
    }

    [SkippableFact]
    public void Names_of_files_reach_neither_the_terminal_nor_a_spreadsheet_as_commands()
    {
        Skip.If(OperatingSystem.IsWindows(), "such names are not allowed there");
        WriteMatrix(_folder["=1+1.npy"]);
        WriteMatrix(_folder["\u001b]0;x\u0007.npy"]);
        File.WriteAllText(_folder["sweep.yaml"], "weights: [identity, \"=1+1.npy\"]\nhidden_size: 2\nsequence_length: 3\nreplicates: 1\n");
        RunningProgram.Run(_folder.Path, "run", "sweep.yaml", "-o", "run").Expect(0);
        Assert.Contains(File.ReadLines(_folder["run/summary.csv"]), line => line.StartsWith("./=1+1.npy,", StringComparison.Ordinal));
        RunningProgram.Run(_folder.Path, "run", "run/sweep.yaml", "-o", "run").Expect(0);

        ProgramResult refused = RunningProgram.Shell(_folder.Path, "\"$RNNSWEEP_PROGRAM\" plan --set 'weights=*x*.npy'").Expect(2);
        Assert.Contains("\\u001b]0;x\\u0007.npy has a control character in its name", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', refused.Error);
    }

    public void Dispose() => _folder.Dispose();

    private static void WriteMatrix(string path)
    {
        string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }".PadRight(117) + '\n';
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header.Select(c => (byte)c), .. new[] { 0.5, 0.25, -0.25, 0.5 }.SelectMany(BitConverter.GetBytes)]);
    }
}
