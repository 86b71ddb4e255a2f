using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// The products of a trajectory's Jacobians in numbers with an exponent each (<see cref="WideMatrix"/>). They are needed where the slopes differ so
/// much that entries of a product leave the range of a double relative to others of the same column, and zeros of W let them dominate later. The
/// trajectory is run again from x_0, with the logarithms of the slopes. Given Jacobians, whose entries may differ as much, are read again.
/// </summary>
internal sealed class WideProducts
{
    private readonly int _size, _steps, _transient;
    private readonly GivenJacobians? _given;
    private readonly JacobianParts? _parts;
    private readonly WideMatrix? _weights, _transposed;
    private readonly List<WideMatrix> _slopes = [];

    // The common base-2 exponent of the slopes of a step. Added to a very large exponent, those of the weights would be lost.
    private readonly List<double> _exponents = [];

    /// <summary>Computes the Jacobians of steps 1 to T.</summary>
    /// <param name="network">The network, whose Jacobian has parts or is given.</param>
    /// <param name="drive">W_in u_t + b of every step.</param>
    /// <param name="transient">Number of steps before x_0.</param>
    /// <param name="start">x_0.</param>
    /// <param name="steps">T.</param>
    /// <param name="cancellation">Checked at every step, as in the methods below.</param>
    public WideProducts(INetwork network, Drive drive, int transient, ReadOnlySpan<double> start, int steps, CancellationToken cancellation)
    {
        (_size, _steps, _transient) = (network.HiddenSize, steps, transient);
        if (network is GivenJacobians given)
        {
            _given = given;
            return;
        }

        _parts = network.Parts ?? throw new ArgumentException("the Jacobian of this network is not made of weights and slopes", nameof(network));
        int n = network.HiddenSize;
        _weights = WideMatrix.Of(_parts.Weights.Values, n, n);
        _transposed = _weights.Transpose();
        double[] state = start.ToArray(), step = new double[n], slopes = new double[network.SlopeLength], scratch = new double[n], logSlopes = new double[n];
        for (int t = 0; t < steps; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!network.JacobianIsConstant)
            {
                drive.Fill((long)transient + t, step);
                _parts.LogSlopes(state, step, logSlopes);
                network.Advance(state, step, slopes, scratch);
            }

            HasUnknownSlopes |= !network.SlopesCanBeZero && logSlopes.Contains(double.NegativeInfinity);
            double largest = TensorPrimitives.Max<double>(logSlopes), common = _parts.Leak == 1 && double.IsFinite(largest) ? largest : 0;
            TensorPrimitives.Subtract(logSlopes, common, logSlopes);
            _exponents.Add(common / Math.Log(2));
            _slopes.Add(WideMatrix.OfLogarithms(logSlopes));
            logSlopes.AsSpan().Clear();
        }
    }

    /// <summary>Whether the logarithm of some slope is below the range of a double, so that a non-zero slope is represented by 0.</summary>
    public bool HasUnknownSlopes { get; }

    /// <summary>The norms of P_T and its growth rate.</summary>
    public (ProductNorms Norms, GrowthRate Growth) Norms(CancellationToken cancellation)
    {
        WideMatrix product = Identity();
        double exponent = 0;
        var growth = new ProductGrowth();
        for (int t = 1; t <= _steps; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            product = Apply(t - 1, isTransposed: false, product, out WideMatrix scaled);
            if (ProductGrowth.Samples(t))
            {
                growth.Note(t, LogFrobeniusNorm(_parts is { SlopesComeFirst: true, Leak: 1 } ? scaled : product, exponent + Exponent(t - 1)));
            }

            exponent += Exponent(t - 1) + product.ExtractExponent();
        }

        return (NormsOf(product, exponent), growth.Rate(_steps));
    }

    /// <summary>As <see cref="Trajectory.CarryBack"/>.</summary>
    public GradientFlow CarryBack(ReadOnlySpan<double> lossGradient, Span<double> log10Norms, CancellationToken cancellation)
    {
        WideMatrix gradient = WideMatrix.Of(lossGradient, lossGradient.Length, 1);
        int steps = _steps;
        double sum = 0, exponent = 0, log = LogFrobeniusNorm(gradient, 0);
        for (int t = steps; t > 0; t--)
        {
            cancellation.ThrowIfCancellationRequested();
            if (gradient.IsZero)
            {
                log10Norms[Math.Min(steps - t, log10Norms.Length)..].Fill(double.NegativeInfinity);
                return new GradientFlow(double.NaN, double.NegativeInfinity, t);
            }

            gradient = Apply(t - 1, isTransposed: true, gradient, out _);
            double next = LogFrobeniusNorm(gradient, Exponent(t - 1)), excess = Math.Exp(next - log) - 1;
            sum += excess * excess;
            double shift = gradient.ExtractExponent();
            exponent += shift + Exponent(t - 1);
            log = LogFrobeniusNorm(gradient, 0);
            if (!log10Norms.IsEmpty)
            {
                log10Norms[steps - t] = Log10();
            }
        }

        return new GradientFlow(sum / steps, Log10(), null);

        double Log10() => (log / Math.Log(10)) + (exponent * PowerOfTwo.Log10);
    }

    /// <summary>As <see cref="Trajectory.LagNorms"/>.</summary>
    public ProductNorms[] LagNorms(ReadOnlySpan<int> lags, CancellationToken cancellation)
    {
        WideMatrix product = Identity();
        var norms = new ProductNorms[lags.Length];
        double exponent = 0;
        int next = 0;
        for (int lag = 1; next < lags.Length; lag++)
        {
            cancellation.ThrowIfCancellationRequested();
            product = Apply(_steps - lag, isTransposed: true, product, out _);
            exponent += Exponent(_steps - lag) + product.ExtractExponent();
            if (lag == lags[next])
            {
                norms[next++] = NormsOf(product, exponent);
            }
        }

        return norms;
    }

    private static ProductNorms NormsOf(WideMatrix product, double exponent)
    {
        (double[] values, double more) = product.ToDoubles();
        return ProductNorms.Of(SpectralNorm.Of(values, product.Rows, product.Columns), VectorNorm.Of(values), exponent + more);
    }

    private static double LogFrobeniusNorm(WideMatrix matrix, double exponent)
    {
        (double[] values, double more) = matrix.ToDoubles();
        return Math.Log(VectorNorm.Of(values)) + ((exponent + more) * Math.Log(2));
    }

    // The common base-2 exponent of a step's slopes.
    private double Exponent(int step) => _given is null ? _exponents[step] : 0;

    // Applies J_t, or its transpose, to C: (1 − a) C + a W D C or (1 − a) C + a D W C, where inner is D C or W C.
    private WideMatrix Apply(int step, bool isTransposed, WideMatrix columns, out WideMatrix inner)
    {
        if (_given is not null)
        {
            var jacobian = new double[_size * _size];
            _given.Read(_transient + step, isTransposed, jacobian);
            return inner = WideMatrix.Of(jacobian, _size, _size).Multiply(columns);
        }

        WideMatrix weights = isTransposed ? _transposed! : _weights!, slopes = _slopes[step];
        bool slopesComeFirst = _parts!.SlopesComeFirst != isTransposed;
        inner = slopesComeFirst ? columns.ScaleRows(slopes) : weights.Multiply(columns);
        WideMatrix product = slopesComeFirst ? weights.Multiply(inner) : inner.ScaleRows(slopes);
        return _parts.Leak == 1 ? product : product.Times(_parts.Leak).Plus(1 - _parts.Leak, columns);
    }

    private WideMatrix Identity() => WideMatrix.Of(Matrix.Identity(_size).Values, _size, _size);
}
