using System.Numerics.Tensors;
using MathNet.Numerics.RootFinding;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// All Lyapunov exponents λ(y), y = i/N, of a gaussian network in its pre-activation form as N → ∞, autonomous or driven by white noise: E[g² d² /
/// (e^2λ + g² y d²)] = 1 with d = φ'(√q z + bias). λ(y) is the exponent with index y N of the finite network, in descending order.
/// </summary>
/// <remarks>
/// <para>
/// With u = g² y e^−2λ, the equation times y is y = E[u d²/(1 + u d²)], and the definition of u gives λ = ln g + ½ ln(y/u). Both are explicit in u, which
/// goes from 0 at λ_1 = ½ ln g² E[d²] to ∞, where y is P(d ≠ 0). So the equation has one solution for each y below that, and none above, where the product
/// has lost its rank: λ(y) = −∞.
/// </para>
/// <para>
/// The sum of the exponents up to y is ∫₀^y λ = y λ(y) + ½ (E ln(1 + u d²) − y): the derivative by u of the right side is λ dy/du. At y = 1 it is ∫₀¹ λ = ln
/// g − ½ + E ln d, the logarithms of a gaussian determinant and of those of the slopes, divided by N.
/// </para>
/// <para>Exponents are in nats per step. Thread-safe.</para>
/// </remarks>
public sealed class LyapunovSpectrum
{
    // u d²/(1 + u d²) = σ(ln u + ln d²) is the derivative of ln(1 + u d²) = softplus(ln u + ln d²).
    private static readonly Activation s_softplus = Activation.Named(ActivationKind.Softplus);

    private readonly Activation _activation;
    private readonly double _logGain, _variance, _bias;
    private readonly int _order;

    // P(d ≠ 0), E[ln d²; d ≠ 0] and ln E[d²].
    private readonly double _rank, _logSum, _logMeanSquare;
    private readonly Lazy<Sums> _sums;

    /// <summary>Creates the spectrum at a fixed point of the mean-field theory.</summary>
    internal LyapunovSpectrum(Activation activation, double gain, double variance, double bias, int order = NormalStateQuadrature.Order)
    {
        (_activation, _logGain, _variance, _bias, _order) = (activation, Math.Log(gain), variance, bias, order);
        _sums = new Lazy<Sums>(Sum);

        var quadrature = new NormalStateQuadrature(activation, bias, order);
        _logMeanSquare = quadrature.LayForLogarithms(variance) ? quadrature.LogMeanSquareSlope() : double.NaN;
        double[] logSlopes = LogSlopes(quadrature.States);
        for (int i = 0; i < logSlopes.Length; i++)
        {
            if (!double.IsNegativeInfinity(logSlopes[i]))
            {
                _rank += quadrature.Weights[i];
                _logSum += quadrature.Weights[i] * 2 * logSlopes[i];
            }
        }

        _rank = activation.Kinks.Count == 0 ? 1 : Math.Min(_rank, 1); // removes the rounding of the sum
    }

    /// <summary>P(φ' ≠ 0): the fraction of exponents that are not −∞.</summary>
    public double RankFraction => _rank;

    /// <summary>∫₀¹ λ = ln g − ½ + E ln d, the mean of all exponents; −∞ where some slopes are 0.</summary>
    public double Mean => _rank < 1 ? double.NegativeInfinity : Total;

    /// <summary>The y at which λ = 0: the fraction of exponents above 0.</summary>
    public double UnstableFraction => _sums.Value.UnstableFraction;

    /// <summary>The sum of the positive exponents divided by N, ∫ λ over λ &gt; 0: the entropy rate per unit, nats per step.</summary>
    public double EntropyRate => _sums.Value.EntropyRate;

    /// <summary>
    /// The y at which ∫₀^y λ = 0: the Kaplan–Yorke dimension divided by N. It is 0 where no exponent is positive, and <see cref="RankFraction"/>
    /// where the integral never returns to 0.
    /// </summary>
    public double KaplanYorkeDimension => _sums.Value.KaplanYorkeDimension;

    // ∫ λ over the exponents that are not −∞.
    private double Total => _rank == 0 ? 0 : (_rank * (_logGain + (0.5 * Math.Log(_rank)) - 0.5)) + (0.5 * _logSum);

    /// <summary>λ(y), nats per step; −∞ from <see cref="RankFraction"/> on.</summary>
    /// <param name="y">The index of the exponent divided by N, in descending order: 0 is λ_1, and 1 the smallest.</param>
    /// <exception cref="ArgumentOutOfRangeException">y is not in [0, 1].</exception>
    public double Exponent(double y)
    {
        if (!(y is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(y), y, "the rank of an exponent by N must be in [0, 1]");
        }

        if (y >= _rank || double.IsNegativeInfinity(_logGain))
        {
            return double.NegativeInfinity;
        }

        if (y == 0)
        {
            return _logGain + (0.5 * _logMeanSquare);
        }

        // y ≤ σ(ln u + ln γ²), with a margin for rounding.
        var integrals = new Integrals(this);
        double lower = Math.Log(y) - Math.Log(1 - y) - (2 * Math.Log(_activation.MaximumSlope)) - 1e-6;
        double logU = Root(v => Math.Log(Math.Max(integrals.At(v).Rank, double.Epsilon)) - Math.Log(y), lower);
        return _logGain + (0.5 * (Math.Log(y) - logU));
    }

    private Sums Sum()
    {
        double growth = Math.Exp((2 * _logGain) + _logMeanSquare);
        if (!(growth > 1))
        {
            return double.IsNaN(growth) ? new Sums(double.NaN, double.NaN, double.NaN) : default;
        }

        // λ = 0 where u = g² y ≤ g². As λ ≥ ½ ln(χ/(1 + u γ²)), it is positive at least up to u = (χ − 1)/γ².
        var integrals = new Integrals(this);
        double steepest = _activation.MaximumSlope, lower = Math.Log((growth - 1) / (steepest * steepest)) - 1e-6;
        double zero = Brent.FindRoot(v => -integrals.At(v).Exponent, lower, (2 * _logGain) + 1e-6, 1e-13, 200);
        (double rank, _, double positive) = integrals.At(zero);
        return new Sums(rank, positive, Total >= 0 ? _rank : integrals.At(Root(v => -integrals.At(v).Sum, zero)).Rank);
    }

    // The root of a function that is negative at the lower end and positive from some point on.
    private static double Root(Func<double, double> f, double lower)
    {
        double step = 1;
        while (f(lower + step) < 0)
        {
            lower += step;
            step *= 2;
        }

        return Brent.FindRoot(f, lower, lower + step, 1e-13, 200);
    }

    private double[] LogSlopes(ReadOnlySpan<double> states)
    {
        var logSlopes = new double[states.Length];
        _activation.LogSlopes(states, logSlopes);
        return logSlopes;
    }

    private readonly record struct Sums(double UnstableFraction, double EntropyRate, double KaplanYorkeDimension);

    /// <summary>y, λ(y) and ∫₀^y λ as functions of ln u. Not thread-safe.</summary>
    private sealed class Integrals(LyapunovSpectrum spectrum)
    {
        private readonly NormalStateQuadrature _quadrature = new(spectrum._activation, spectrum._bias, spectrum._order);

        public (double Rank, double Exponent, double Sum) At(double logU)
        {
            Span<Bend> transitions = stackalloc Bend[2];
            int count = 0;
            if (spectrum._variance > 0 && spectrum._activation.Kinks.Count == 0)
            {
                for (int side = -1; side <= 1; side += 2)
                {
                    if (Transition(side, -0.5 * logU) is Bend transition)
                    {
                        transitions[count++] = transition;
                    }
                }
            }

            if (!_quadrature.LayForLogarithms(spectrum._variance, transitions[..count]))
            {
                return (double.NaN, double.NaN, double.NaN);
            }

            double[] logs = spectrum.LogSlopes(_quadrature.States);
            double[] softplus = new double[logs.Length], sigmoid = new double[logs.Length];
            TensorPrimitives.Multiply(logs, 2, logs);
            TensorPrimitives.Add(logs, logU, logs);
            double exponent = s_softplus.Evaluate(logs, softplus, sigmoid).Exponent;
            double rank = TensorPrimitives.Dot(_quadrature.Weights, sigmoid) * Math.Pow(2, exponent);
            double entropy = TensorPrimitives.Dot(_quadrature.Weights, softplus);

            double lambda = spectrum._logGain + (0.5 * (Math.Log(rank) - logU));
            return (rank, lambda, (rank * lambda) + (0.5 * (entropy - rank)));
        }

        /// <summary>
        /// The point where u d² falls through 1 on one side of the steepest point of φ, and about the distance in which it falls to 1/e. The poles of
        /// u d²/(1 + u d²) are some π times that away. Null where there is no such point.
        /// </summary>
        private Bend? Transition(int side, double logSlope)
        {
            double scale = Math.Sqrt(spectrum._variance), furthest = Math.Abs(spectrum._bias) + (_quadrature.Reach(spectrum._variance) * scale);
            if (spectrum._activation.LogSlope(0) <= logSlope && spectrum._activation.LogSlope(side * furthest) <= logSlope)
            {
                return null;
            }

            double at = PositionOf(logSlope), end = PositionOf(logSlope - 0.5);
            return at >= furthest ? null : new Bend(((side * at) - spectrum._bias) / scale, Math.Max((end - at) / scale, 1e-12));

            // Bisection to 1e-12 of the range, which is finer than the panels need.
            double PositionOf(double level)
            {
                double near = 0, far = furthest;
                for (int i = 0; i < 40; i++)
                {
                    double middle = 0.5 * (near + far);
                    (near, far) = spectrum._activation.LogSlope(side * middle) > level ? (middle, far) : (near, middle);
                }

                return far;
            }
        }
    }
}
