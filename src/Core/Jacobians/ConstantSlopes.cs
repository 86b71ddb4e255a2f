namespace RnnSweep.Core.Jacobians;

/// <summary>The slopes of a network whose Jacobian is the same at every step.</summary>
/// <param name="slopes">Live.</param>
internal sealed class ConstantSlopes(double[] slopes) : ISlopeHistory
{
    /// <summary>The power of two that they lack.</summary>
    public double Exponent { get; set; }

    /// <inheritdoc/>
    public ReadOnlySpan<double> At(int index, out double exponent)
    {
        exponent = Exponent;
        return slopes;
    }
}
