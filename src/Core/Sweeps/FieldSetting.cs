using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>The setting of one field in a sweep.</summary>
/// <param name="Values">The values; exactly one where the field is fixed and holds no list.</param>
/// <param name="IsAxis">Whether the field is varied. An axis with a single value is still a coordinate of every result.</param>
public sealed record FieldSetting(Axis Values, bool IsAxis)
{
    /// <summary>The field.</summary>
    public SweepField Field => Values.Field;

    /// <summary>The search for values of the axis between those given; null for none.</summary>
    public Locating? Locating { get; init; }

    /// <summary>The cell with the value of a fixed field, or with all names of a list.</summary>
    internal CellSpec Fix(CellSpec spec)
    {
        return Field.SetAll(spec, Enumerable.Range(0, (int)Values.Count).Select(i => Values.Value(i)));
    }
}
