using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>One measured column of the replicate table.</summary>
/// <param name="Name">Its name in the header.</param>
/// <param name="Text">The field of a replicate.</param>
public sealed record ReplicateColumn(string Name, Func<ReplicateResult, string> Text)
{
    /// <summary>The number of which <see cref="Text"/> is the text; null where the column holds words or a whole number.</summary>
    public Func<ReplicateResult, double>? Number { get; init; }
}
