namespace RnnSweep.Core.Sweeps;

/// <summary>What a sweep says about one field.</summary>
/// <param name="Values">The values; exactly one where the field is fixed and holds no list.</param>
/// <param name="IsAxis">Whether the field is varied. An axis may have a single value; it still is a coordinate of every result.</param>
public sealed record FieldSetting(Axis Values, bool IsAxis)
{
    /// <summary>The field.</summary>
    public SweepField Field => Values.Field;
}
