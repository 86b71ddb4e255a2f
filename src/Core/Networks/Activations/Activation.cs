namespace RnnSweep.Core.Networks.Activations;

/// <summary>An activation φ applied to whole vectors. Instances are shared, without state, and safe from any thread.</summary>
public abstract class Activation
{
    private static readonly Dictionary<ActivationKind, Activation> s_all = new()
    {
        [ActivationKind.Linear] = new Of<Linear>(),
        [ActivationKind.Tanh] = new Of<Tanh>(),
        [ActivationKind.Sigmoid] = new Of<Sigmoid>(),
        [ActivationKind.Relu] = new Of<Relu>(),
        [ActivationKind.Hardtanh] = new Of<Hardtanh>(),
        [ActivationKind.Softplus] = new Of<Softplus>(),
        [ActivationKind.Erf] = new Of<Erf>(),
    };

    private protected Activation()
    {
    }

    /// <summary>γ = sup |φ'|.</summary>
    public abstract double MaximumSlope { get; }

    /// <summary>Whether φ' is the same everywhere, so that a Jacobian does not depend on the state.</summary>
    public abstract bool SlopeIsConstant { get; }

    /// <summary>The points where φ' jumps, ascending.</summary>
    public abstract IReadOnlyList<double> Kinks { get; }

    /// <summary>The activation of a name.</summary>
    public static Activation Named(ActivationKind kind) => s_all[kind];

    /// <summary>φ(x).</summary>
    public abstract double Value(double x);

    /// <summary>φ'(x).</summary>
    public abstract double Slope(double x);

    /// <summary>ln φ'(x).</summary>
    public abstract double LogSlope(double x);

    /// <summary>Writes φ(x_i) to <paramref name="values"/>; both of length N, which may be the same memory.</summary>
    public abstract void Values(ReadOnlySpan<double> x, Span<double> values);

    /// <summary>
    /// Writes the slopes φ'(x_i) · 2^−e to <paramref name="slopes"/>, both of length N, and returns e with the sums over the
    /// vector. e is 0 unless the largest slope comes near the lower end of the range of a double.
    /// </summary>
    public abstract Slopes Slopes(ReadOnlySpan<double> x, Span<double> slopes);

    private sealed class Of<T> : Activation
        where T : IActivation
    {
        // Below this a slope is carried with an exponent of its own: far enough from 2^−1022 for the product of slope and weight.
        private const double SmallestPlainSlope = 1e-200;

        public override double MaximumSlope => T.MaximumSlope;

        public override bool SlopeIsConstant => T.SlopeIsConstant;

        public override IReadOnlyList<double> Kinks => T.Kinks;

        public override double Value(double x) => T.Value(x);

        public override double Slope(double x) => T.Slope(x);

        public override double LogSlope(double x) => T.LogSlope(x);

        public override void Values(ReadOnlySpan<double> x, Span<double> values)
        {
            for (int i = 0; i < x.Length; i++)
            {
                values[i] = T.Value(x[i]);
            }
        }

        public override Slopes Slopes(ReadOnlySpan<double> x, Span<double> slopes)
        {
            double sum = 0, logSum = 0, maximum = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double slope = T.Slope(x[i]);
                slopes[i] = slope;
                sum += slope;
                maximum = Math.Max(maximum, slope);
                logSum += T.LogSlope(x[i]);
            }

            return maximum >= SmallestPlainSlope
                ? new Slopes(0, sum, logSum, Math.Log(maximum))
                : Saturated(x, slopes, sum, logSum);
        }

        private static Slopes Saturated(ReadOnlySpan<double> x, Span<double> slopes, double sum, double logSum)
        {
            double logMaximum = double.NegativeInfinity;
            foreach (double value in x)
            {
                logMaximum = Math.Max(logMaximum, T.LogSlope(value));
            }

            if (double.IsNegativeInfinity(logMaximum))
            {
                return new Slopes(0, sum, logSum, logMaximum);
            }

            for (int i = 0; i < x.Length; i++)
            {
                slopes[i] = Math.Exp(T.LogSlope(x[i]) - logMaximum);
            }

            return new Slopes(logMaximum / MathNet.Numerics.Constants.Ln2, sum, logSum, logMaximum);
        }
    }
}
