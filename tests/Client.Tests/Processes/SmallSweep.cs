using System.Text.Json;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>Sweeps of the tests, as options of the command line, and the files of their folders.</summary>
internal static class SmallSweep
{
    /// <summary>Some seconds of work: many very short cells, and some longer ones.</summary>
    public static readonly string[] Seconds =
        ["--set", "hidden_size=4,40", "--set", "spectral_radius=0.5..1.5/40", "--set", "sequence_length=10,100,1000",
            "--set", "replicates=16", "--parallelism", "2"];

    public const int SecondsCells = 2 * 40 * 3, SecondsReplicates = 16;

    /// <summary>A short sweep with every kind of axis: numbers, a choice, a range.</summary>
    public static readonly string[] Blink =
        ["--set", "activation=tanh,relu", "--set", "spectral_radius=0.8..1.2:0.1", "--set", "sequence_length=50,5",
            "--set", "hidden_size=6", "--set", "replicates=3"];

    public const int BlinkCells = 2 * 5 * 2, BlinkReplicates = 3, BlinkReadings = BlinkCells * BlinkReplicates;

    /// <summary>Cells without work, so that writing the tables takes long enough to be interrupted.</summary>
    public static readonly string[] Tabular =
        ["--set", "hidden_size=1", "--set", "spectral_radius=0.5..1.5/1500", "--set", "sequence_length=1,2", "--set", "replicates=2"];

    /// <summary>The first results take seconds, but the whole sweep would take hours.</summary>
    public static readonly string[] Endless =
        ["--set", "hidden_size=64", "--set", "spectral_radius=0.5..1.5/4000", "--set", "sequence_length=5,10000",
            "--set", "replicates=2", "--parallelism", "2"];

    public const int EndlessReplicates = 2;

    public static readonly string[] Tables = ["replicates.csv", "summary.csv"];

    /// <summary>Options that add all statistics, each with its own table.</summary>
    public static readonly string[] Measured = ["--set", "statistics=spectrum,lags,leading,gradient,activity", "--set", "lags=6", "--set", "frame_transient=3", "--set", "leading=3"];

    /// <summary>Options for the leading exponents alone, without the product.</summary>
    public static readonly string[] Leading = ["--set", "statistics=leading", "--set", "transient=5", "--set", "leading=3"];

    /// <summary>Options for gradients with respect to parameters.</summary>
    public static readonly string[] Gradient = ["--set", "statistics=lags,gradient", "--set", "loss=every", "--set", "input_scale=0.5", "--set", "lags=3"];

    /// <summary>The tables of a folder: those of every run, and those of the statistics that it has.</summary>
    public static Dictionary<string, string> TablesOf(string folder) =>
        Tables.Union(Directory.EnumerateFiles(folder, "*.csv").Select(file => Path.GetFileName(file)!).Order())
            .ToDictionary(table => table, table => File.ReadAllText(Path.Combine(folder, table)));

    /// <summary>The plan of a sweep's options.</summary>
    public static SweepPlan PlanOf(string[] options) =>
        SweepFileReader.Read(null, [.. options.Where((_, i) => i > 0 && options[i - 1] == "--set")], out _)!.Plan;

    /// <summary>Reads a number from output of <c>--json</c>.</summary>
    public static long Number(this ProgramResult result, string name)
    {
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.GetProperty(name).GetInt64();
    }

    /// <summary>The starts of a run, from its manifest.</summary>
    public static List<(long Computed, bool IsFinished)> Sessions(string folder)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
        return [.. document.RootElement.GetProperty("sessions").EnumerateArray()
            .Select(session => (session.GetProperty("computed").GetInt64(), session.TryGetProperty("finished", out _)))];
    }
}
