using System.Globalization;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>Whether two plans are the same cells in the same order; their names, and where matrices lie, are no part of that.</summary>
public static class PlanDifference
{
    /// <summary>The first difference of the whole plans, as "seed is 2 instead of 1"; null where they are the same.</summary>
    public static string? Of(SweepPlan found, SweepPlan expected)
    {
        string[] here = [.. found.Axes.Select(axis => axis.Field.Name)], there = [.. expected.Axes.Select(axis => axis.Field.Name)];
        if (!here.SequenceEqual(there))
        {
            return $"its axes are {Names(here)} instead of {Names(there)}";
        }

        if (SweepFields.All.FirstOrDefault(field => field.Text(found.Fixed) != field.Text(expected.Fixed)) is { } different)
        {
            return $"{different.Name} is {Text(different, found)} instead of {Text(different, expected)}";
        }

        return found.Axes.Zip(expected.Axes).Select(axes => Difference(axes.First, axes.Second)).FirstOrDefault(difference => difference is not null)
            ?? (found.Fixed == expected.Fixed ? null : "its fields differ");
    }

    private static string? Difference(Axis found, Axis expected)
    {
        if (found is RangeAxis here && expected is RangeAxis there && here.Range == there.Range)
        {
            return null; // not worth going through ten million values
        }

        if (found.Count != expected.Count)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{found.Field.Name} has {found.Count} values instead of {expected.Count}");
        }

        var cell = new CellSpec();
        for (long i = 0; i < found.Count; i++)
        {
            (FieldValue value, FieldValue other) = (found.Value(i), expected.Value(i));
            if (value.Text != other.Text || value.Apply(cell) != other.Apply(cell))
            {
                string what = value.Text != other.Text ? $"{value} instead of {other}" : $"{value} with another content";
                return string.Create(CultureInfo.InvariantCulture, $"value {i + 1} of {found.Field.Name} is {what}");
            }
        }

        return null;
    }

    private static string Names(string[] axes) => axes.Length == 0 ? "none" : string.Join(", ", axes);

    private static string Text(SweepField field, SweepPlan plan) => field.Text(plan.Fixed) ?? field.Default;
}
