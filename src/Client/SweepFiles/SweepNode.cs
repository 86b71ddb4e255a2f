namespace RnnSweep.Client.SweepFiles;

/// <summary>The value of a field as it is written, before it is interpreted. Sweep files and <c>--set</c> are both parsed to it.</summary>
internal abstract record SweepNode(Place Place)
{
    /// <summary>What messages call it.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value.</summary>
internal sealed record ScalarNode(Place Place, string Text, bool IsQuoted) : SweepNode(Place)
{
    public override string Kind => "a single value";

    public bool IsMissing => !IsQuoted && Text is ("" or "~" or "null" or "Null" or "NULL");
}

/// <summary>No value: the field has its default, whatever the file sets.</summary>
internal sealed record UnsetNode(Place Place) : SweepNode(Place)
{
    public override string Kind => "the default";
}

/// <summary>A list.</summary>
internal sealed record ListNode(Place Place, IReadOnlyList<SweepNode> Items) : SweepNode(Place)
{
    public override string Kind => "a list";
}

/// <summary>Names with values: a range, or the whole file.</summary>
internal sealed record MappingNode(Place Place, IReadOnlyList<MappingEntry> Entries) : SweepNode(Place)
{
    public override string Kind => "a range in braces";
}

/// <summary>A name with its value; the value is null where it was refused already.</summary>
internal sealed record MappingEntry(string Name, Place Place, SweepNode? Value);
