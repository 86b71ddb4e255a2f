using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace RnnSweep.Core.Sweeps;

/// <summary>One of the parts that a sweep is divided into; written <c>2/8</c>, the second of eight.</summary>
public sealed record Shard
{
    /// <summary>Creates the shard with a number from 1 to <paramref name="count"/>.</summary>
    public Shard(int number, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, count);
        (Number, Count) = (number, count);
    }

    /// <summary>Number of the part, from 1.</summary>
    public int Number { get; }

    /// <summary>Number of parts.</summary>
    public int Count { get; }

    /// <summary>Reads <c>i/n</c> with 1 ≤ i ≤ n, in digits without signs or spaces.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Shard? shard)
    {
        shard = text?.Split('/') is [var i, var n] && TryCount(i, out int number) && TryCount(n, out int count) && number >= 1 && number <= count
            ? new Shard(number, count)
            : null;
        return shard is not null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Number}/{Count}";

    private static bool TryCount(string text, out int count) => int.TryParse(text, NumberStyles.None, null, out count);
}
