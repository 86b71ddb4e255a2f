using System.Collections.Immutable;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>A sweep that has been read and is valid.</summary>
/// <param name="Plan">Its cells.</param>
/// <param name="Settings">The fields given, in order.</param>
/// <param name="Matrices">The matrices that cells name, by digest.</param>
/// <param name="Places">Where each field was given, by its name.</param>
internal sealed record ResolvedSweep(
    SweepPlan Plan,
    ImmutableArray<FieldSetting> Settings,
    IReadOnlyDictionary<string, Matrix> Matrices,
    IReadOnlyDictionary<string, Place> Places)
{
    /// <summary>The matrices that cells name and that are not in memory, by digest.</summary>
    public IReadOnlyDictionary<string, IMatrixRows> Rows => MatrixValues(Settings)
        .Where(value => value.Jacobians?.Rows is not null).DistinctBy(value => value.Digest).ToDictionary(value => value.Digest, value => value.Jacobians!.Rows!);

    /// <summary>The sweep's name, which is a valid name of a folder.</summary>
    public string Name => Plan.Name;

    /// <summary>The name with the shard, for messages.</summary>
    public string Title => Plan.Shard is null ? Name : $"{Name}, shard {Plan.Shard}";

    /// <summary>The sweep with a shard of its cells; without a shard, with all.</summary>
    public ResolvedSweep Part(Shard? shard) => this with { Plan = shard is null ? Plan.Whole : Plan.Part(shard) };

    /// <summary>The matrix files that the sweep names, as a manifest keeps them; null where it names none.</summary>
    public IReadOnlyList<RecordedMatrix>? Recorded =>
        MatrixValues(Settings).Select(RecordedMatrix.Of).DistinctBy(matrix => matrix.Path).ToArray() is { Length: > 0 } recorded ? recorded : null;

    /// <summary>The values that are matrices.</summary>
    internal static IEnumerable<MatrixValue> MatrixValues(IEnumerable<FieldSetting> settings) =>
        settings.Select(setting => setting.Values).OfType<ListAxis>().SelectMany(list => list.Values).OfType<MatrixValue>();

    /// <summary>The place of the first of some fields that was given; the sweep's name where none was.</summary>
    public string PlaceOf(params ReadOnlySpan<string> fields)
    {
        foreach (string field in fields)
        {
            if (Places.TryGetValue(field, out Place place))
            {
                return place.ToString();
            }
        }

        return Name;
    }
}
