namespace RnnSweep.Core.Sweeps;

/// <summary>The type of a field of the sweep file.</summary>
public enum FieldKind
{
    /// <summary>A whole number that fits an int.</summary>
    WholeNumber,

    /// <summary>An unsigned 64-bit whole number.</summary>
    Word,

    /// <summary>A finite number.</summary>
    RealNumber,

    /// <summary>One of a few names.</summary>
    Choice,

    /// <summary>One of a few names, or the path of a matrix.</summary>
    ChoiceOrPath,

    /// <summary>The path of a matrix.</summary>
    Path,

    /// <summary>A list of names that together form one value.</summary>
    Names,

    /// <summary>All, or a number of them.</summary>
    AllOrCount,

    /// <summary>A short text.</summary>
    Text,
}

/// <summary>What depends on a field of the sweep file.</summary>
[Flags]
public enum FieldEffects
{
    /// <summary>Nothing that is computed.</summary>
    None = 0,

    /// <summary>The numbers of a reading. The field is a column of the stores.</summary>
    Readings = 1,

    /// <summary>Time and memory of a cell (<see cref="WorkEstimate"/>).</summary>
    Cost = 2,

    /// <summary>The unscaled recurrent weights that are drawn.</summary>
    Draws = 4,
}
