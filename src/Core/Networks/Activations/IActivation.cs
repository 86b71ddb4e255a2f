using System.Runtime.Intrinsics;

namespace RnnSweep.Core.Networks.Activations;

/// <summary>An activation φ as three scalar functions. It is a type argument, so that the loops over a state are compiled for each φ.</summary>
public interface IActivation
{
    /// <summary>γ = sup |φ'|.</summary>
    static abstract double MaximumSlope { get; }

    /// <summary>Whether φ' is constant, so that a Jacobian does not depend on the state.</summary>
    static virtual bool SlopeIsConstant => false;

    /// <summary>Whether φ(c x) = c φ(x) for every c &gt; 0, so that φ' depends only on the sign of x.</summary>
    static virtual bool IsHomogeneous => false;

    /// <summary>The points where φ' jumps, ascending.</summary>
    static virtual double[] Kinks => [];

    /// <summary>φ(x).</summary>
    static abstract double Value(double x);

    /// <summary>φ'(x) ≥ 0, accurate to a few ulp wherever it is in the range of a double, saturation included.</summary>
    static abstract double Slope(double x);

    /// <summary>ln φ'(x), accurate even where φ'(x) is below the range of a double; −∞ where φ'(x) = 0.</summary>
    static abstract double LogSlope(double x);

    /// <summary>
    /// φ, φ' and ln φ' of four numbers at once, with the accuracy and special values of the scalar functions, though not always the same bits. Each
    /// lane depends only on its own x.
    /// </summary>
    static abstract void Evaluate(
        Vector256<double> x, out Vector256<double> value, out Vector256<double> slope, out Vector256<double> logSlope);
}
