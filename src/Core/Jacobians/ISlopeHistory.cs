namespace RnnSweep.Core.Jacobians;

/// <summary>The slopes of the steps so far, for whoever must go over them again.</summary>
internal interface ISlopeHistory
{
    /// <summary>The slopes of the step of an index from 0, and the power of two that they lack.</summary>
    ReadOnlySpan<double> At(int index, out double exponent);
}
