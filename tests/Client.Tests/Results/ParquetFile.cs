using System.Globalization;
using Parquet;
using Parquet.Schema;

namespace RnnSweep.Client.Tests.Results;

/// <summary>The content of a Parquet file, read with the library's reader.</summary>
/// <param name="Columns">The columns in order.</param>
/// <param name="Values">The values of each column; null where unknown.</param>
/// <param name="Groups">Number of rows of each row group.</param>
internal sealed record ParquetFile(DataField[] Columns, object?[][] Values, long[] Groups)
{
    public static ParquetFile Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        ParquetReader reader = ParquetReader.CreateAsync(file).GetAwaiter().GetResult();
        DataField[] columns = reader.Schema.DataFields;
        List<object?>[] values = [.. columns.Select(_ => new List<object?>())];
        var groups = new List<long>();
        for (int g = 0; g < reader.RowGroupCount; g++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
            groups.Add(group.RowCount);
            for (int i = 0; i < columns.Length; i++)
            {
                values[i].AddRange(Read(group, columns[i]));
            }
        }

        return new ParquetFile(columns, [.. values.Select(column => column.ToArray())], [.. groups]);
    }

    /// <summary>The fields of a row, as a CSV has them.</summary>
    public IEnumerable<string> Row(int row) => Values.Select(column => column[row] switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        var value => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    });

    private static object?[] Read(ParquetRowGroupReader group, DataField column) => column.ClrType switch
    {
        var type when type == typeof(double) => Read<double>(group, column),
        var type when type == typeof(long) => Read<long>(group, column),
        var type when type == typeof(ulong) => Read<ulong>(group, column),
        var type when type == typeof(bool) => Read<bool>(group, column),
        _ => ReadTexts(group, column),
    };

    private static object?[] Read<T>(ParquetRowGroupReader group, DataField column)
        where T : struct
    {
        var nullable = new T?[group.RowCount];
        var values = new T[group.RowCount];
        if (column.IsNullable)
        {
            group.ReadAsync<T>(column, nullable.AsMemory()).AsTask().GetAwaiter().GetResult();
            return [.. nullable.Select(value => (object?)value)];
        }

        group.ReadAsync<T>(column, values.AsMemory()).AsTask().GetAwaiter().GetResult();
        return [.. values.Select(value => (object?)value)];
    }

    private static object?[] ReadTexts(ParquetRowGroupReader group, DataField column)
    {
        var texts = new string?[group.RowCount];
        group.ReadAsync(column, texts.AsMemory()!).AsTask().GetAwaiter().GetResult();
        return texts;
    }
}
