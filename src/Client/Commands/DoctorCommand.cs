using System.CommandLine;
using System.Text.Json;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep doctor</c>: shows the properties of this machine that matter for sweeps.</summary>
internal static class DoctorCommand
{
    private const string Summary = "Show what this machine has: processor, kernel and its speed, memory, store, cluster";

    private const string Details = """
        Measures the kernel of the Jacobian products for some tenths of a second, checks whether the current folder can be written, and, where a cluster is
        named, connects to its database. The exit code is 0 when all is well, and 4 where the folder or the cluster is out of reach.

        Examples:
          rnnsweep doctor
          rnnsweep doctor --json
        """;

    public static Command Create()
    {
        var cluster = new ClusterArguments();
        Option<bool> json = CommonOptions.Json("Print it as JSON");
        var command = new DetailedCommand("doctor", Summary, Details) { json };
        cluster.AddTo(command);
        command.SetAction(parsed =>
        {
            Diagnosis diagnosis = Diagnosis.Take(cluster.ReadIfNamed(parsed));

            // The text that a database server sends may repeat parts of the connection string.
            Console.WriteLine(Secrets.Hide(parsed.GetValue(json) ? Json(diagnosis) : Text(diagnosis)));
            return diagnosis.IsWell ? ExitCode.Done : ExitCode.OutOfReach;
        });
        return command;
    }

    private static string Text(Diagnosis diagnosis)
    {
        (double one, double all) = diagnosis.Gigaflops;
        string together = diagnosis.Cores == 1 ? "" : $", {all:0} on all {diagnosis.Cores}";
        string free = diagnosis.FreeBytes is { } bytes ? $"; {Computation.Bytes(bytes)} are free" : "";
        return string.Join(
            '\n',
            $"rnnsweep   {Machine.Version}{(Machine.Commit is { } commit ? $", commit {commit}" : "")}",
            $"runtime    {diagnosis.Runtime}, {diagnosis.System}",
            $"processor  {Machine.Processor}, {Phrase.Count(diagnosis.Cores, "core")}",
            $"kernel     {diagnosis.Kernel}: {one:0} GFLOP/s on one core{together}",
            $"memory     {Computation.Bytes(Machine.Memory)}; a sweep of defaults takes {Phrase.Count(diagnosis.Usual.Threads, "thread")} and {Computation.Bytes(diagnosis.Usual.Bytes)} at most",
            $"engine     {EngineChoice.Default}, unless --engine says otherwise",
            $"store      SQLite {diagnosis.Sqlite}",
            $"folder     {diagnosis.Folder.Text}{free}",
            $"cluster    {diagnosis.Cluster?.Text ?? "not configured"}");
    }

    private static string Json(Diagnosis diagnosis) => JsonSerializer.Serialize(
        new DoctorJson(
            Machine.Version, Machine.Commit, diagnosis.Runtime, diagnosis.System, Machine.Processor, diagnosis.Cores, Machine.InstructionSet, diagnosis.Kernel,
            Math.Round(diagnosis.Gigaflops.OneCore, 1), Math.Round(diagnosis.Gigaflops.AllCores, 1), Machine.Memory, diagnosis.Usual.Threads,
            Math.Round(diagnosis.Usual.Bytes), EngineChoice.Default, diagnosis.Sqlite, diagnosis.Folder.IsWell, diagnosis.Folder.Text, diagnosis.FreeBytes,
            diagnosis.Cluster?.IsWell, diagnosis.Cluster?.Text, diagnosis.IsWell),
        JsonOutput.WithAllLetters.DoctorJson);
}
