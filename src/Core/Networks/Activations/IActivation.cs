namespace RnnSweep.Core.Networks.Activations;

/// <summary>
/// An activation φ as three scalar functions. A type argument rather than an object, so that the loops over a state are
/// compiled for each φ by itself.
/// </summary>
public interface IActivation
{
    /// <summary>γ = sup |φ'|.</summary>
    static abstract double MaximumSlope { get; }

    /// <summary>Whether φ' is the same everywhere, so that a Jacobian does not depend on the state.</summary>
    static virtual bool SlopeIsConstant => false;

    /// <summary>The points where φ' jumps, ascending.</summary>
    static virtual double[] Kinks => [];

    /// <summary>φ(x).</summary>
    static abstract double Value(double x);

    /// <summary>φ'(x) ≥ 0, accurate to a few ulp wherever it is in the range of a double, saturation included.</summary>
    static abstract double Slope(double x);

    /// <summary>ln φ'(x), accurate also where φ'(x) is below the range of a double; −∞ where φ'(x) = 0.</summary>
    static abstract double LogSlope(double x);
}
