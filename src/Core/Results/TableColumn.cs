namespace RnnSweep.Core.Results;

/// <summary>One column of a table beside the coordinates.</summary>
/// <typeparam name="T">What a row is about: a replicate, or a cell.</typeparam>
/// <param name="Name">Its name in the header.</param>
/// <param name="Text">The field of a row.</param>
public sealed record TableColumn<T>(string Name, Func<T, string> Text)
{
    /// <summary>A column of numbers, which are empty where they are NaN.</summary>
    public TableColumn(string name, Func<T, double> number)
        : this(name, row => FieldText.Of(number(row))) => Number = number;

    /// <summary>The number of which <see cref="Text"/> is the text; null where the column holds words.</summary>
    public Func<T, double>? Number { get; init; }
}
