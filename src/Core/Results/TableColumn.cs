namespace RnnSweep.Core.Results;

/// <summary>One column of a table after the coordinates.</summary>
/// <typeparam name="T">The type of a row, for example <see cref="CellSummary"/>.</typeparam>
/// <param name="Name">Its name in the header.</param>
/// <param name="Type">The type of its fields.</param>
/// <param name="Text">Returns the text of a row's field.</param>
public sealed record TableColumn<T>(string Name, ColumnType Type, Func<T, string> Text)
{
    /// <summary>A column of real numbers. NaN becomes an empty field.</summary>
    public TableColumn(string name, Func<T, double> number)
        : this(name, new ColumnType(FieldContent.Real, CanBeEmpty: true), number)
    {
    }

    /// <summary>A column of numbers of a type. NaN becomes an empty field.</summary>
    public TableColumn(string name, ColumnType type, Func<T, double> number)
        : this(name, type, row => FieldText.Of(number(row))) => Number = number;

    /// <summary>Returns the number that <see cref="Text"/> formats; null where the column holds names or flags.</summary>
    public Func<T, double>? Number { get; init; }
}
