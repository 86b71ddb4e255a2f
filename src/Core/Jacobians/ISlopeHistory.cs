namespace RnnSweep.Core.Jacobians;

/// <summary>The slopes of all steps so far, for calculations that need them again.</summary>
internal interface ISlopeHistory
{
    /// <summary>The slopes of the step with an index from 0. Base-2 exponent e: the true slopes are 2^e times these.</summary>
    ReadOnlySpan<double> At(int index, out double exponent);
}
