namespace RnnSweep.Core.Sweeps;

/// <summary>What a field of the sweep file holds.</summary>
public enum FieldKind
{
    /// <summary>A whole number that fits an int.</summary>
    WholeNumber,

    /// <summary>A whole number of 64 unsigned bits.</summary>
    Word,

    /// <summary>A finite number.</summary>
    RealNumber,

    /// <summary>One of a few names.</summary>
    Choice,

    /// <summary>One of a few names, or the path of a matrix.</summary>
    ChoiceOrPath,

    /// <summary>The path of a matrix.</summary>
    Path,

    /// <summary>A list of names that together make one value.</summary>
    Names,

    /// <summary>All there are, or how many of them.</summary>
    AllOrCount,

    /// <summary>A short text.</summary>
    Text,
}
