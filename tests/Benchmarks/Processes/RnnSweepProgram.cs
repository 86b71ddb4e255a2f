using System.Diagnostics;

namespace RnnSweep.Benchmarks.Processes;

/// <summary>The built program, called like by a user.</summary>
internal static class RnnSweepProgram
{
    /// <summary>Runs a sweep on two threads in a new folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="settings">As for <c>--set</c>.</param>
    /// <param name="watch">Called with the process after its start.</param>
    /// <param name="engine">The engine; the program's default by default.</param>
    public static void Run(string folder, IEnumerable<string> settings, Action<Process>? watch = null, string engine = "silo") =>
        ProcessOutput.OfSuccess(SourceTree.Program, ["run", "--engine", engine, "--parallelism", "2", "-o", folder, .. Settings(settings)], watch);

    /// <summary>The output of <c>rnnsweep plan</c> for a sweep.</summary>
    public static string Plan(IEnumerable<string> settings, params string[] options) =>
        ProcessOutput.OfSuccess(SourceTree.Program, ["plan", .. options, .. Settings(settings)]).Output;

    private static IEnumerable<string> Settings(IEnumerable<string> settings) => settings.SelectMany(setting => (string[])["--set", setting]);
}
