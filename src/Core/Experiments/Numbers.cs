using System.Collections.Immutable;

namespace RnnSweep.Core.Experiments;

/// <summary>A list of numbers with value equality; NaN equals NaN.</summary>
/// <param name="values">The numbers.</param>
public readonly struct Numbers(ImmutableArray<double> values) : IEquatable<Numbers>
{
    private readonly ImmutableArray<double> _values = values;

    /// <summary>The numbers.</summary>
    public ReadOnlySpan<double> Values => _values.IsDefault ? [] : _values.AsSpan();

    /// <summary>Length of the list.</summary>
    public int Count => Values.Length;

    /// <summary>The number at an index from 0.</summary>
    public double this[int index] => Values[index];

    /// <inheritdoc/>
    public bool Equals(Numbers other) => Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Numbers other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Count == 0 ? 0 : HashCode.Combine(Count, Values[0], Values[^1]);

    /// <summary>Whether both lists are equal.</summary>
    public static bool operator ==(Numbers left, Numbers right) => left.Equals(right);

    /// <summary>Whether the lists differ.</summary>
    public static bool operator !=(Numbers left, Numbers right) => !left.Equals(right);
}
