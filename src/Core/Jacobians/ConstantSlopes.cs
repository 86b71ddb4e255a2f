namespace RnnSweep.Core.Jacobians;

/// <summary>The slopes of a network whose Jacobian is the same at every step.</summary>
/// <param name="slopes">The slopes. The caller may overwrite the array.</param>
internal sealed class ConstantSlopes(double[] slopes) : ISlopeHistory
{
    /// <summary>Base-2 exponent e: the true slopes are 2^e times these.</summary>
    public double Exponent { get; set; }

    /// <inheritdoc/>
    public ReadOnlySpan<double> At(int index, out double exponent)
    {
        exponent = Exponent;
        return slopes;
    }
}
