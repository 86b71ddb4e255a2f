namespace RnnSweep.Client.SweepFiles;

/// <summary>What is written for a field, before it is known what the field holds. Files and <c>--set</c> both come to this.</summary>
internal abstract record SweepNode(Place Place)
{
    /// <summary>What to call it in a message.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value.</summary>
internal sealed record ScalarNode(Place Place, string Text, bool IsQuoted) : SweepNode(Place)
{
    public override string Kind => "a single value";

    public bool IsMissing => !IsQuoted && Text is ("" or "~" or "null" or "Null" or "NULL");
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
