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

    /// <summary>The values of the fields that are no axes, as JSON; a matrix stands as its digest. A field that follows an axis, as the length of the input may, has no single value.</summary>
    public static JsonObject Fields(SweepPlan plan) => new(FixedField.Of(plan).Where(fixedField => !Follows(plan, fixedField.Field))
        .Select(fixedField => KeyValuePair.Create(fixedField.Field.Name, Json(fixedField.Type, fixedField.Text))));

    /// <summary>The axes, as JSON: the parts of a range, or the list of values, where a matrix stands as its name.</summary>
    public static JsonObject Axes(SweepPlan plan) => new(plan.Axes.Select(axis => KeyValuePair.Create(axis.Field.Name, Json(axis))));

    private static JsonNode? Json(Axis axis) => axis is RangeAxis { Range: var range }
        ? new JsonObject(new[] { range.From, range.To, range.Step, range.Count, range.Scale }.Zip(RangeText.Parts, (value, part) => KeyValuePair.Create(part, value))
            .Where(part => part.Value is not null).Select(part => KeyValuePair.Create(part.Key, Json(axis.Type, part.Value!))))
        : new JsonArray([.. Enumerable.Range(0, (int)axis.Count).Select(place => Json(axis.Type, axis.Text(place)))]);

    private static JsonNode? Json(ColumnType type, string text) =>
        type.Content == FieldContent.Text || !double.TryParse(text, out _) ? JsonValue.Create(text) : JsonNode.Parse(text);

    private static bool Follows(SweepPlan plan, SweepField field) => SweepFields.FollowsOther(field, plan.Fixed)
        && plan.Axes.Any(axis => field == SweepFields.GateSpectralRadius ? axis.Field == SweepFields.SpectralRadius : axis.Field == SweepFields.HiddenSize || axis.Field == SweepFields.Network);
}
