namespace RnnSweep.Core.Networks.Activations;

/// <summary>Summary of the slopes of a step.</summary>
/// <param name="Exponent">Base-2 exponent e: the true slopes are 2^e times those written; whole unless slopes are below the range of a double.</param>
/// <param name="Sum">Σ φ'(x_i).</param>
/// <param name="LogSum">Σ ln φ'(x_i).</param>
/// <param name="LogMaximum">ln max φ'(x_i).</param>
public readonly record struct Slopes(double Exponent, double Sum, double LogSum, double LogMaximum)
{
    /// <summary>The smallest normal double. Slopes below it have lost digits.</summary>
    public const double SmallestNormal = 2.2250738585072014e-308;
}
