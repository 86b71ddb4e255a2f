using System.Collections.Immutable;
using System.Text.Json.Nodes;
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
            schemas.Add([.. ReplicateTable.Typed(table, LagsTable.Columns(table.Fixed))]);
        }

        if (table.Fixed.MeasuresLeading)
        {
            schemas.Add([.. ReplicateTable.Typed(table, LeadingTable.Columns)]);
            schemas.Add([.. ReplicateTable.Typed(table, HistoryTable.Columns)]);
        }

        return [.. schemas];
    }

    /// <summary>The type of every column of the tables by its name, which is the same in all tables that have the column; then those of the other fields.</summary>
    public static Dictionary<string, string> Types(SweepPlan plan)
    {
        var types = new Dictionary<string, string>();
        IEnumerable<TypedColumn> fixedFields = FixedField.Of(plan).Select(fixedField => new TypedColumn(fixedField.Field.Name, fixedField.Type));
        ImmutableArray<ImmutableArray<TypedColumn>> tables = plan.Locating is null ? Of(plan) : [.. Of(plan), CriticalTable.Typed(plan), CriticalTable.TypedSummary(plan)];
        foreach (TypedColumn column in tables.SelectMany(columns => columns).Concat(fixedFields))
        {
            types.TryAdd(column.Name, column.Type.ToString());
        }

        return types;
    }

    /// <summary>The values of the fields that are no axes, as JSON; a matrix stands as its digest.</summary>
    public static JsonObject Fields(SweepPlan plan) => new(FixedField.Of(plan).Select(fixedField => KeyValuePair.Create(
        fixedField.Field.Name, fixedField.Type.Content == FieldContent.Text ? fixedField.Text : JsonNode.Parse(fixedField.Text))));
}
