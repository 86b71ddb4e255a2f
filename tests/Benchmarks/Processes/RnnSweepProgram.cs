using System.Diagnostics;

namespace RnnSweep.Benchmarks.Processes;

/// <summary>The built program, called as a user calls it.</summary>
internal static class RnnSweepProgram
{
    /// <summary>Runs a sweep on two threads into a folder that does not exist yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="settings">As for <c>--set</c>.</param>
    /// <param name="watch">Called with the process once it has started.</param>
    /// <param name="engine">The engine: by default the one that users get when they name none.</param>
    public static void Run(string folder, IEnumerable<string> settings, Action<Process>? watch = null, string engine = "silo") =>
        ProcessOutput.OfSuccess(SourceTree.Program, ["run", "--engine", engine, "--parallelism", "2", "-o", folder, .. Settings(settings)], watch);

    /// <summary>What <c>rnnsweep plan</c> prints of a sweep.</summary>
    public static string Plan(IEnumerable<string> settings, params string[] options) =>
        ProcessOutput.OfSuccess(SourceTree.Program, ["plan", .. options, .. Settings(settings)]).Output;

    private static IEnumerable<string> Settings(IEnumerable<string> settings) => settings.SelectMany(setting => (string[])["--set", setting]);
}
