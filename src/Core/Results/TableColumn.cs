namespace RnnSweep.Core.Results;

/// <summary>One column of a table beside the coordinates.</summary>
/// <typeparam name="T">What a row is about: a replicate, or a cell.</typeparam>
/// <param name="Name">Its name in the header.</param>
/// <param name="Text">The field of a row.</param>
public sealed record TableColumn<T>(string Name, Func<T, string> Text)
{
    /// <summary>The number of which <see cref="Text"/> is the text; null where the column holds words or a whole number.</summary>
    public Func<T, double>? Number { get; init; }
}
