using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>What a sweep says about one field.</summary>
/// <param name="Values">The values; exactly one where the field is fixed and holds no list.</param>
/// <param name="IsAxis">Whether the field is varied. An axis may have a single value; it still is a coordinate of every result.</param>
public sealed record FieldSetting(Axis Values, bool IsAxis)
{
    /// <summary>The field.</summary>
    public SweepField Field => Values.Field;

    /// <summary>The cell with the value of a field that is fixed; of a list of names, with all of them.</summary>
    internal CellSpec Fix(CellSpec spec)
    {
        for (long i = 0; i < Values.Count; i++)
        {
            spec = Values.Value(i).Apply(spec);
        }

        return spec;
    }
}
