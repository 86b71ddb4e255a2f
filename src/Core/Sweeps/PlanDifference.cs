namespace RnnSweep.Core.Sweeps;

/// <summary>Whether two plans have the same cells in the same order. Their names and the locations of matrices do not count.</summary>
public static class PlanDifference
{
    /// <summary>The first difference of the whole plans, as "seed is 2 instead of 1"; null where they are the same.</summary>
    public static string? Of(SweepPlan found, SweepPlan expected)
    {
        if (!found.Coordinates.SequenceEqual(expected.Coordinates))
        {
            return $"its axes are {Names(found)} instead of {Names(expected)}";
        }

        if (found.Locating is not null ? !found.Locating.IsSame(expected.Locating) : expected.Locating is not null)
        {
            return $"it locates {found.Locating?.Text ?? "nothing"} instead of {expected.Locating?.Text ?? "nothing"}, or from other points or to another width";
        }

        bool areAlike = found.Fixed == expected.Fixed;
        if (!areAlike && SweepFields.All.FirstOrDefault(field => field.Text(found.Fixed) != field.Text(expected.Fixed)) is { } different)
        {
            return $"{different.Name} is {Text(different, found)} instead of {Text(different, expected)}";
        }

        return found.Axes.Zip(expected.Axes, Difference).FirstOrDefault(difference => difference is not null) ?? (areAlike ? null : "its fields differ");
    }

    private static string? Difference(Axis found, Axis expected)
    {
        if (found is RangeAxis here && expected is RangeAxis there && here.Range == there.Range)
        {
            return null; // comparing up to ten million values is unnecessary
        }

        if (found.Count != expected.Count)
        {
            return $"{found.Field.Name} has {found.Count} values instead of {expected.Count}";
        }

        for (long i = 0; i < found.Count; i++)
        {
            (FieldValue value, FieldValue other) = (found.Value(i), expected.Value(i));
            bool hasSameText = value.Text == other.Text;
            if (!hasSameText || (value as MatrixValue)?.Digest != (other as MatrixValue)?.Digest)
            {
                return $"value {i + 1} of {found.Field.Name} is {(hasSameText ? $"{value} with another content" : $"{value} instead of {other}")}";
            }
        }

        return null;
    }

    private static string Names(SweepPlan plan) => plan.Axes.IsEmpty ? "none" : string.Join(", ", plan.Coordinates);

    private static string Text(SweepField field, SweepPlan plan) => field.Text(plan.Fixed) ?? field.Default;
}
