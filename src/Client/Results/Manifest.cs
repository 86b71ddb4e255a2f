using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>The provenance of a run: versions, commit, machine, and one session for every start of the run.</summary>
internal sealed partial record Manifest
{
    // The serializer is generated at compile time, because reflection takes some hundredths of a second.
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        TypeInfoResolver = Json.Default,
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public required string Name { get; init; }

    public required long Cells { get; init; }

    /// <summary>The part of the sweep that the folder holds, as <c>2/8</c>; null for the whole sweep.</summary>
    public string? Shard { get; init; }

    /// <summary>The file of the store; null for the folder's own.</summary>
    public string? Store { get; init; }

    /// <summary>The values of the fields that are no axes; null in the folder of an earlier version.</summary>
    public JsonObject? Fields { get; init; }

    /// <summary>The axes: a list of values, or a range; null in the folder of an earlier version.</summary>
    public JsonObject? Axes { get; init; }

    /// <summary>The types of the tables' columns and of the fields (<see cref="ColumnType"/>), by name; null in the folder of an earlier version.</summary>
    public IReadOnlyDictionary<string, string>? Columns { get; init; }

    /// <summary>The matrix files that the sweep names; null where it names none.</summary>
    public IReadOnlyList<RecordedMatrix>? Matrices { get; init; }

    public IReadOnlyList<Session> Sessions { get; init; } = [];

    /// <summary>A message about a matrix file whose content has changed since the run; null where none of the recorded files has.</summary>
    /// <param name="matrices">The files as they are now.</param>
    public string? Changed(IReadOnlyList<RecordedMatrix>? matrices) =>
        (from now in matrices ?? []
         join then in Matrices ?? [] on now.Path equals then.Path
         where now.Digest != then.Digest
         select $"{now.Path} is not the file that this run was made with: its content has changed").FirstOrDefault();

    private static MatrixUse UseOf(RecordedMatrix matrix) =>
        matrix.Shape is not null ? MatrixUse.Jacobians
        : matrix.Network is not null ? MatrixUse.Network
        : matrix.Sequences is not null ? MatrixUse.Sequences
        : matrix.Rows == matrix.Columns ? MatrixUse.RecurrentWeights
        : MatrixUse.Plain;

    /// <summary>As <see cref="Changed"/>, for the files on the disk: where a matrix has another size now, the sweep cannot be read.</summary>
    /// <param name="folder">What relative paths are relative to.</param>
    public string? ChangedOnDisk(string folder)
    {
        var files = new MatrixFiles();
        return Changed(
        [
            .. from then in Matrices ?? []
               let now = files.TryRead(then.Path, folder, UseOf(then), out MatrixFile? file, out _) ? file : null
               where now is not null
               select then with { Digest = now.Digest },
        ]);
    }

    /// <summary>The manifest of a folder; null where there is none that can be read.</summary>
    public static Manifest? Read(RunFolder folder)
    {
        try
        {
            return JsonSerializer.Deserialize<Manifest>(File.ReadAllBytes(folder[RunFolder.ManifestFile]), s_json);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void Write(RunFolder folder) => folder.Write(RunFolder.ManifestFile, stream =>
    {
        JsonSerializer.Serialize(stream, this, s_json);
        stream.WriteByte((byte)'\n');
    });

    /// <summary>One start of the run, from the command to its end.</summary>
    internal sealed record Session
    {
        public required DateTimeOffset Started { get; init; }

        /// <summary>Null where the run was killed.</summary>
        public DateTimeOffset? Finished { get; init; }

        public required string Engine { get; init; }

        /// <summary>Null where a cluster computed.</summary>
        public int? Parallelism { get; init; }

        public long Computed { get; init; }

        public long Failed { get; init; }

        public string Version { get; init; } = Terminal.Machine.Version;

        public string? Commit { get; init; } = Terminal.Machine.Commit;

        public int NumericsVersion { get; init; } = CellText.NumericsVersion;

        public string InstructionSet { get; init; } = Terminal.Machine.InstructionSet;

        public string Machine { get; init; } = Environment.MachineName;

        public string Processor { get; init; } = Terminal.Machine.Processor;

        public int Cores { get; init; } = Environment.ProcessorCount;

        public string System { get; init; } = RuntimeInformation.OSDescription;

        public string Runtime { get; init; } = RuntimeInformation.FrameworkDescription;
    }

    [JsonSerializable(typeof(Manifest))]
    private sealed partial class Json : JsonSerializerContext;
}
