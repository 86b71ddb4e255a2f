using System.Collections.Immutable;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>A tensor as the header of a .safetensors file describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeName">The name of its numbers' type: F32, …</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Start">Where it begins, in bytes from the end of the header.</param>
/// <param name="End">Where it ends.</param>
internal sealed record Tensor(string Name, string TypeName, ImmutableArray<long> Shape, long Start, long End)
{
    /// <summary>The type of its numbers; null where it is not a supported floating-point type.</summary>
    public ElementType? Type => TypeName switch
    {
        "F64" => ElementType.Float64,
        "F32" => ElementType.Float32,
        "F16" => ElementType.Float16,
        "BF16" => ElementType.BFloat16,
        _ => null,
    };

    public bool IsSquare => Shape.Length == 2 && Shape[0] == Shape[1];

    /// <summary>Name, type and shape, for messages.</summary>
    public override string ToString() => $"{Excerpt.Of(Name)} ({Excerpt.Of(TypeName)}, {(Shape.Length == 0 ? "scalar" : string.Join(" × ", Shape))})";
}
