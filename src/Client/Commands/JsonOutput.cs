using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RnnSweep.Client.Commands;

/// <summary>
/// The JSON that commands print with <c>--json</c>, with names in snake case. The serializers are generated at compile time, because reflection takes some
/// hundredths of a second. <c>show</c> does not use them, because its cells keep the sweep's numerals and may be infinite.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(PlanJson))]
[JsonSerializable(typeof(RunJson))]
[JsonSerializable(typeof(ExportJson))]
[JsonSerializable(typeof(MergeJson))]
[JsonSerializable(typeof(VerifyJson))]
[JsonSerializable(typeof(JacobianJson))]
[JsonSerializable(typeof(DoctorJson))]
internal sealed partial class JsonOutput : JsonSerializerContext
{
    /// <summary>Options for texts that describe a machine: letters outside ASCII are not escaped.</summary>
    public static JsonOutput WithAllLetters => new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

internal sealed record PlanJson(
    string Name, long Cells, long Stored, long Trajectories, double Operations, int Threads, double Bytes, LargestCellJson LargestCell, IEnumerable<AxisJson> Axes)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Shard { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? OfCells { get; init; }

    /// <summary>The estimated time of a run without stored cells on this machine.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Seconds { get; init; }

    /// <summary>The most cells that a search along an axis adds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MostMoreCells { get; init; }
}

internal sealed record LargestCellJson(int HiddenSize, int SequenceLength, double Operations, double Bytes);

internal sealed record AxisJson(string Field, long Count, string First, string Last);

internal sealed record RunJson(string Name, string Folder, long Cells, long Done, long Failed, long Missing, long StoredBefore, long Computed, double Seconds);

internal sealed record ExportJson(string Name, string Folder, long Cells, long Done, long Failed, long Missing);

internal sealed record MergeJson(string Name, string Folder, long Cells, long Done, long Failed, long Missing, IEnumerable<string> MissingShards);

internal sealed record VerifyJson(
    string Name, long Cells, long Done, long Failed, long Missing, long Damaged, int Recomputed, IReadOnlyList<string> Findings, IReadOnlyList<string> OlderTables);

internal sealed record JacobianJson(double Exact, double Transpose, double? AsPrinted, double? AsPrintedFromTranspose, double LargestEntry);

internal sealed record DoctorJson(
    string Version, string? Commit, string Runtime, string System, string Processor, int Cores, string InstructionSet, string Kernel, double GflopsOneCore,
    double GflopsAllCores, long MemoryBytes, int DefaultThreads, double DefaultBytes, string DefaultEngine, string Sqlite, bool FolderIsWritable, string Folder,
    long? FolderFreeBytes, bool? ClusterIsReachable, string? Cluster, bool IsWell);
