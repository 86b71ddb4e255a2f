namespace RnnSweep.Core.Results;

/// <summary>What the fields of a table's column hold.</summary>
public enum FieldContent
{
    /// <summary>A real number, which may be infinite.</summary>
    Real,

    /// <summary>A whole number from −2⁶³ to 2⁶³ − 1.</summary>
    Whole,

    /// <summary>A whole number from 0 to 2⁶⁴ − 1.</summary>
    Word,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>One of a few names.</summary>
    Category,

    /// <summary>A text.</summary>
    Text,
}

/// <summary>The type of a column of a table: what its fields hold, and whether some may be empty.</summary>
/// <param name="Content">What its fields hold.</param>
/// <param name="CanBeEmpty">Whether a field may be empty, where the value is not known.</param>
public readonly record struct ColumnType(FieldContent Content, bool CanBeEmpty = false)
{
    /// <summary>
    /// The type as <c>manifest.json</c> has it: real, integer, unsigned, boolean, category or text, and <c>?</c> where a field may be empty; for example
    /// <c>integer?</c>.
    /// </summary>
    public override string ToString() => Content switch
    {
        FieldContent.Whole => "integer",
        FieldContent.Word => "unsigned",
        _ => $"{Content}".ToLowerInvariant(),
    } + (CanBeEmpty ? "?" : "");
}

/// <summary>A column of a table with its type.</summary>
/// <param name="Name">Its name in the header.</param>
/// <param name="Type">Its type.</param>
public sealed record TypedColumn(string Name, ColumnType Type);
