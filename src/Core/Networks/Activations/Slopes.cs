namespace RnnSweep.Core.Networks.Activations;

/// <summary>What a step needs to know of its slopes beside the slopes themselves.</summary>
/// <param name="Exponent">The power of two that the slopes written out still lack; whole unless they are below the range of a double.</param>
/// <param name="Sum">Σ φ'(x_i).</param>
/// <param name="LogSum">Σ ln φ'(x_i).</param>
/// <param name="LogMaximum">ln max φ'(x_i).</param>
public readonly record struct Slopes(double Exponent, double Sum, double LogSum, double LogMaximum);
