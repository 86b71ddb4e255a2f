namespace RnnSweep.Core.Sweeps;

/// <summary>Whether two plans may have cells in common, from the values of a few fields and without visiting the cells.</summary>
public static class PlanOverlap
{
    // Fields whose values are part of every cell's key.
    private static readonly SweepField[] s_fields = [SweepFields.HiddenSize, SweepFields.SpectralRadius, SweepFields.SequenceLength, SweepFields.Seed];

    // Lists and ranges with more values are compared by their ends alone.
    private const int MostCompared = 1000;

    /// <summary>Whether a reading may belong to a cell of both plans. False is certain; true is not.</summary>
    public static bool MayShareReadings(SweepPlan first, SweepPlan second) => s_fields.All(field => Values(field, first) is not { } ofFirst || Values(field, second) is not { } ofSecond
        || (ofFirst.Least <= ofSecond.Most && ofSecond.Least <= ofFirst.Most && (ofFirst.All is null || ofSecond.All is null || ofFirst.All.Overlaps(ofSecond.All))));

    // The values that a field takes: their ends, and all of them if they are few. Null where they are not known, because a network or matrix of another axis may set them.
    private static (double Least, double Most, HashSet<double>? All)? Values(SweepField field, SweepPlan plan)
    {
        if (plan.Axes.FirstOrDefault(axis => axis.Field == field) is { } axis)
        {
            HashSet<double>? all = axis.Count > MostCompared ? null : [.. Enumerable.Range(0, (int)axis.Count).Select(index => axis.Value(index).Number)];
            (double first, double last) = (axis.Value(0).Number, axis.Value(axis.Count - 1).Number);
            return all is not null ? (all.Min(), all.Max(), all)
                : axis is RangeAxis ? (Math.Min(first, last), Math.Max(first, last), null)
                : null;
        }

        bool isSetByAxis = plan.Axes.Any(axis => axis.Field.Kind is not (FieldKind.RealNumber or FieldKind.WholeNumber or FieldKind.Word));
        return isSetByAxis || !double.TryParse(field.Text(plan.Cell(0)), out double value) ? null : (value, value, [value]);
    }
}
