using System.Collections.Immutable;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Results;

/// <summary>The columns of a run's tables, with their types.</summary>
internal static class TableSchemas
{
    /// <summary>The columns of each of <see cref="RunFolder.Tables"/>, in the same order.</summary>
    public static ImmutableArray<ImmutableArray<TypedColumn>> Of(ICellTable table)
    {
        List<ImmutableArray<TypedColumn>> schemas = [[.. SummaryTable.Typed(table)], [.. ReplicateTable.Typed(table, ReplicateTable.Columns(table))]];
        if (table.Fixed.MeasuresSpectrum)
        {
            schemas.Add([.. ReplicateTable.Typed(table, SpectrumTable.Columns)]);
        }

        if (table.Fixed.MeasuresLags)
        {
            schemas.Add([.. ReplicateTable.Typed(table, LagsTable.Columns)]);
        }

        return [.. schemas];
    }

    /// <summary>The type of every column of the tables by its name, which is the same in all tables that have the column; then those of the other fields.</summary>
    public static Dictionary<string, string> Types(ICellTable table)
    {
        var types = new Dictionary<string, string>();
        IEnumerable<TypedColumn> fields = SweepFields.All.Select(field => new TypedColumn(field.Name, field.Type));
        foreach (TypedColumn column in Of(table).SelectMany(columns => columns).Concat(fields))
        {
            types.TryAdd(column.Name, column.Type.ToString());
        }

        return types;
    }
}
