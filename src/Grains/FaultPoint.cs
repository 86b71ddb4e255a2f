using System.Runtime.InteropServices;

namespace RnnSweep.Grains;

/// <summary>
/// A hook for the fault tests (tests/Faults): the variable RNNSWEEP_FAULT_POINT makes a process kill, stop or suspend itself at named points of its work, so
/// that a test need not time a signal from outside. When the variable is not set, a point costs one comparison with null.
/// </summary>
/// <remarks>
/// The variable holds rules POINT[=NUMBER]:ACTION[:FOLDER], separated by ';' and applied in this order. A rule with a NUMBER applies to the experiment of that index
/// alone. A rule with a FOLDER moves a file out of that folder before it acts, so each file allows one action of one process:
/// <list type="bullet">
/// <item>kill: SIGKILL of this process; with a FOLDER only if there is a file in it.</item>
/// <item>stop, terminate: SIGSTOP and SIGTERM, likewise.</item>
/// <item>throw: throws, so that an experiment fails.</item>
/// <item>wait: waits until there is a file in FOLDER.</item>
/// </list>
/// </remarks>
internal static class FaultPoint
{
    /// <summary>A silo begins to run an experiment.</summary>
    public const string ExperimentBegins = "experiment-begins";

    /// <summary>Results are stored but not yet reported to the sweep.</summary>
    public const string ResultsStored = "results-stored";

    /// <summary>A sweep grain is asked for a lease.</summary>
    public const string LeaseAsked = "lease-asked";

    /// <summary>A sweep grain has granted a lease but not yet returned it.</summary>
    public const string LeaseGranted = "lease-granted";

    /// <summary>Results are inserted in a transaction that is not committed yet.</summary>
    public const string ResultsInserted = "results-inserted";

    /// <summary>The row of a sweep is locked in a transaction that is not committed yet.</summary>
    public const string SweepLocked = "sweep-locked";

    private const int SigKill = 9, SigTerm = 15, SigStop = 19;

    private static readonly Rule[]? s_rules = Environment.GetEnvironmentVariable("RNNSWEEP_FAULT_POINT") is { Length: > 0 } rules
        ? [.. rules.Split(';').Select(Rule.Parse)]
        : null;

    /// <summary>Applies the rules of a point.</summary>
    /// <param name="point">Its name.</param>
    /// <param name="number">The experiment's index, where the point has one.</param>
    /// <param name="cancellation">Ends a wait.</param>
    public static void Pass(string point, long? number = null, CancellationToken cancellation = default)
    {
        if (s_rules is null)
        {
            return;
        }

        foreach (Rule rule in s_rules)
        {
            if (rule.Point == point && (rule.Number is null || rule.Number == number))
            {
                rule.Apply(cancellation);
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    private sealed record Rule(string Point, long? Number, string Action, string? Folder)
    {
        public static Rule Parse(string text)
        {
            string[] parts = text.Split(':', 3);
            string[] point = parts[0].Split('=');
            return new Rule(
                point[0], point.Length > 1 ? long.Parse(point[1]) : null, parts[1], parts.Length > 2 ? parts[2] : null);
        }

        public void Apply(CancellationToken cancellation)
        {
            bool isAllowed = Folder is null || TryTake(Folder);
            while (Action == "wait" && !isAllowed)
            {
                cancellation.ThrowIfCancellationRequested();
                Thread.Sleep(20);
                isAllowed = TryTake(Folder!);
            }

            if (Action == "throw" && isAllowed)
            {
                throw new InvalidOperationException("RNNSWEEP_FAULT_POINT asks for this failure");
            }

            if (Action != "wait" && isAllowed)
            {
                _ = Kill(Environment.ProcessId, Action == "stop" ? SigStop : Action == "terminate" ? SigTerm : SigKill);
                Thread.Sleep(100); // another thread may receive the signal, and this thread must not pass the point before it takes effect
            }
        }

        // FOLDER/x is renamed to FOLDER.x.PROCESS. When several processes try at once, one succeeds, and the new name tells the test which.
        private static bool TryTake(string folder)
        {
            foreach (string file in Directory.GetFiles(folder))
            {
                try
                {
                    File.Move(file, $"{folder}.{Path.GetFileName(file)}.{Environment.ProcessId}");
                    return true;
                }
                catch (FileNotFoundException)
                {
                    // Another process took it.
                }
            }

            return false;
        }
    }
}
