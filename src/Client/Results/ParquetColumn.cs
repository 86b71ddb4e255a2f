using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Schema;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>The values of a column in the row group that is being filled, from the fields of a CSV.</summary>
internal abstract class ParquetColumn(DataField field)
{
    /// <summary>Its declaration in the schema.</summary>
    public DataField Field { get; } = field;

    /// <summary>The column for a declared type.</summary>
    public static ParquetColumn Of(TypedColumn column)
    {
        (string name, bool canBeEmpty) = (column.Name, column.Type.CanBeEmpty);
        return column.Type.Content switch
        {
            FieldContent.Real => new Numbers<double>(name, canBeEmpty, text => double.Parse(text, NumberStyles.Float)),
            FieldContent.Whole => new Numbers<long>(name, canBeEmpty, text => long.Parse(text, NumberStyles.AllowLeadingSign)),
            FieldContent.Word => new Numbers<ulong>(name, canBeEmpty, text => ulong.Parse(text, NumberStyles.None)),
            FieldContent.Boolean => new Numbers<bool>(name, canBeEmpty, text => text[0] == (byte)'t'),
            _ => new Texts(name, canBeEmpty),
        };
    }

    /// <summary>Adds the field of a row, in UTF-8.</summary>
    public abstract void Add(ReadOnlySpan<byte> text);

    /// <summary>Writes the values to a row group, and forgets them.</summary>
    public abstract void Write(ParquetRowGroupWriter group);

    private delegate T Parser<T>(ReadOnlySpan<byte> text);

    private sealed class Numbers<T>(string name, bool canBeEmpty, Parser<T> parse) : ParquetColumn(new DataField<T>(name, canBeEmpty))
        where T : struct
    {
        // One of the two is used.
        private readonly List<T> _values = [];
        private readonly List<T?> _nullable = [];

        public override void Add(ReadOnlySpan<byte> text)
        {
            if (!canBeEmpty)
            {
                _values.Add(parse(text));
            }
            else
            {
                _nullable.Add(text.IsEmpty ? null : parse(text));
            }
        }

        public override void Write(ParquetRowGroupWriter group)
        {
            (canBeEmpty ? group.WriteAsync<T>(Field, _nullable.ToArray()) : group.WriteAsync<T>(Field, _values.ToArray())).GetAwaiter().GetResult();
            _values.Clear();
            _nullable.Clear();
        }
    }

    private sealed class Texts(string name, bool canBeEmpty) : ParquetColumn(new DataField(name, typeof(string), canBeEmpty))
    {
        private readonly List<string?> _values = [];

        // A cell's name and its key are the same in all rows of the cell.
        private byte[] _lastBytes = [];
        private string _last = "";

        public override void Add(ReadOnlySpan<byte> text)
        {
            if (!text.SequenceEqual(_lastBytes))
            {
                (_lastBytes, _last) = (text.ToArray(), Encoding.UTF8.GetString(text));
            }

            _values.Add(text.IsEmpty && canBeEmpty ? null : _last);
        }

        public override void Write(ParquetRowGroupWriter group)
        {
            group.WriteAsync(Field, _values!).GetAwaiter().GetResult();
            _values.Clear();
        }
    }
}
