namespace RnnSweep.Client.Tests.Processes;

/// <summary>A shard that was killed or is still running is merged as far as it is stored.</summary>
public sealed class UnfinishedShardTests : ShardFolders
{
    [Fact]
    public void A_killed_shard_is_named_and_is_merged_after_it_resumes()
    {
        string[] sweep = [.. SmallSweep.Seconds, "--set", "name=blink"];
        string killed = Folder["runs/blink-shard-1-of-2"];
        FinishedRun.Of(sweep).CopyTo(Folder["whole"]);
        ProgramResult second = Expect(0, ["run", .. sweep, "--shard", "2/2", "--json"]);
        long cells = SmallSweep.SecondsCells - second.Number("cells"), kept = 0;
        RunningProgram.UntilInTime(() =>
        {
            if (Directory.Exists(killed))
            {
                Directory.Delete(killed, recursive: true);
            }

            using RunningProgram program = RunningProgram.Start(Folder.Path, ["run", .. sweep, "--shard", "1/2"]);
            program.WaitUntil(() => StoredRows.CountCells(killed, SmallSweep.SecondsReplicates) > 0);
            program.Send(RunningProgram.Kill);
            program.WaitForExit();
            kept = StoredRows.Read(killed).CellsOf(SmallSweep.SecondsReplicates);
            return kept > 0 && kept < cells;
        });
        ProgramResult merged = Merge(3, 1, 2);
        string line = Assert.Single(merged.ErrorLines, line => line.StartsWith("shard ", StringComparison.Ordinal));
        Assert.StartsWith(
            $"shard 1/2 in runs/blink-shard-1-of-2 is not finished, {merged.Number("missing")} cells missing; to finish it: ", line, StringComparison.Ordinal);

        RunningProgram.Shell(Folder.Path, line[(line.IndexOf("it: ", StringComparison.Ordinal) + 4)..]).Expect(0);
        long computed = SmallSweep.Sessions(Folder["runs/blink-shard-1-of-2"])[^1].Computed;
        Assert.Equal(merged.Number("missing"), computed);
        Assert.Equal(kept, merged.Number("done") - second.Number("cells"));
        Merge(0, 1, 2);
        AssertIsWhole();
    }

    [SkippableFact]
    public void A_running_shard_is_merged_as_far_as_it_is_stored()
    {
        string[] endless = [.. SmallSweep.Endless, "--set", "name=blink", "--shard", "1/2"];
        using RunningProgram program = RunningProgram.Start(Folder.Path, ["run", .. endless]);
        program.WaitUntilItListens();
        program.WaitUntil(() => StoredRows.CountCells(Folder["runs/blink-shard-1-of-2"], SmallSweep.EndlessReplicates) > 0);
        Assert.True(Expect(0, ["plan", .. endless, "--json"]).Number("stored") > 0);
        ProgramResult merged = Merge(3, 1);
        Assert.True(merged.Number("done") > 0);
        Assert.Contains("shard 1/2 in runs/blink-shard-1-of-2 is not finished", merged.Error, StringComparison.Ordinal);
        Assert.Contains("shard 2/2 is missing", merged.Error, StringComparison.Ordinal);
        Assert.False(program.HasExited);
        Expect(0, "verify", "merged", "--sample", "1");
        program.Send(RunningProgram.Interrupt);
        ProgramResult stopped = program.WaitForExit().Expect(130);
        Assert.Contains("--shard 1/2", stopped.ErrorLines[^1], StringComparison.Ordinal);
    }
}
