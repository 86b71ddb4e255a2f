using System.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.LinearAlgebra;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>P_T is a power of W, so all results are known analytically.</summary>
public sealed class LinearNetworkTests
{
    // ln σ_i(P_T) = T ln ρ for every i. The error is W's deviation from orthogonality, N ε per step.
    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.5, 5_000)]
    [InlineData(0.5, 100_000)]
    [InlineData(1.5, 100_000)]
    [InlineData(1, 100_000)]
    public void Orthogonal_weights_scale_every_norm_by_the_radius_at_each_step(double radius, int length)
    {
        const int N = 10;
        double log = length * Math.Log10(radius), tolerance = 1e-13 + (length * N * 2.3e-16);

        foreach (StateForm state in Enum.GetValues<StateForm>())
        {
            Reading result = Cell.Run(new CellSpec
            {
                HiddenSize = N,
                Activation = ActivationKind.Linear,
                State = state,
                Weights = WeightEnsemble.Orthogonal,
                SpectralRadius = radius,
                SequenceLength = length,
                InitialScale = 0, // a growing state would overflow, which another test covers
            });

            Assert.Equal(log, result.Log10SpectralNorm, tolerance);
            Assert.Equal(log + (0.5 * Math.Log10(N)), result.Log10FrobeniusNorm, tolerance);
            Assert.Equal(log, result.Log10GradientNorm, tolerance);
            Assert.Equal(N * log, result.Log10AbsDeterminant, N * tolerance);
            Assert.Equal(Math.Log(radius), result.LyapunovMax, 1e-13 + (N * 2.3e-16));
            Assert.Equal(Math.Log(radius), result.LyapunovMean, 1e-13);
            if (length >= ProductGrowth.FewestSteps)
            {
                Assert.Equal(Math.Log(radius), result.LyapunovMaxSlope, 1e-12 + (N * 2.3e-16));
                Assert.Equal((0, true), (result.LyapunovMaxWithinSem < 1e-12 ? 0 : 1, result.Converged));
            }

            Assert.Equal(log, result.Log10PascanuBound, tolerance);
            Assert.Equal(log, result.Log10PathBound, tolerance);
            Assert.Equal((1, 0), (result.MeanSlope, result.MeanLogSlope));
            Assert.Equal(Math.Pow(radius - 1, 2), result.Omega, 1e-13);
            Assert.Equal(ReplicateStatus.Ok, result.Status);
        }
    }

    // One step alone reaches an end of a double's range. The logarithm of ρ^T is T·log10 ρ to a few ulp.
    [Theory]
    [InlineData(1e-305, 1000)]
    [InlineData(1e-200, 1000)]
    [InlineData(1e305, 1000)]
    public void A_radius_at_the_end_of_the_range_of_a_double_gives_exact_norms(double radius, int length)
    {
        double log = length * Math.Log10(radius);
        foreach (StateForm state in Enum.GetValues<StateForm>())
        {
            Reading result = Cell.Run(new CellSpec
            {
                HiddenSize = 5,
                Activation = ActivationKind.Linear,
                State = state,
                Weights = WeightEnsemble.Orthogonal,
                SpectralRadius = radius,
                SequenceLength = length,
                InitialScale = 0,
            });

            Assert.Equal(1, result.Log10SpectralNorm / log, 1e-14);
            Assert.Equal(1, result.Log10GradientNorm / log, 1e-14);
            Assert.Equal(1, result.Log10AbsDeterminant / (5 * log), 1e-14);
            Assert.Equal(radius < 1 ? 1 : double.PositiveInfinity, result.Omega, 1e-13); // (ρ − 1)²
        }
    }

    [Fact]
    public void A_product_far_below_the_range_of_a_double_has_its_norm()
    {
        Reading result = Cell.Run(new CellSpec
        {
            HiddenSize = 4,
            Activation = ActivationKind.Linear,
            Weights = WeightEnsemble.Orthogonal,
            SpectralRadius = 0.5,
            SequenceLength = 5000,
        });

        Assert.Equal(-3465.735902799727, result.LyapunovMax * 5000, 1e-10);
    }

    // ‖W^T‖ = 0.9^T (a + √(a² + 4))/2, a = T/0.9: growth first, though the radius is below 1.
    [Theory]
    [InlineData(1, 1.5295630141)]
    [InlineData(9, 3.91256707838)]
    [InlineData(100, 0.0029515055763)]
    public void A_jordan_block_grows_before_it_decays(int length, double published)
    {
        Matrix jordan = PlainMatrix.Of(new[,] { { 0.9, 1 }, { 0, 0.9 } });
        double a = length / 0.9, norm = Math.Pow(0.9, length) * (a + Math.Sqrt((a * a) + 4)) / 2;
        Reading result = Cell.Run(
            new CellSpec
            {
                HiddenSize = 2,
                Activation = ActivationKind.Linear,
                Weights = WeightEnsemble.File,
                WeightsDigest = jordan.Digest(),
                SpectralRadius = 0.9,
                SequenceLength = length,
            },
            jordan);

        PlainMatrix.AssertRelative(published, Math.Pow(10, result.Log10SpectralNorm), 1e-11); // its printed digits
        Assert.Equal(Math.Log10(norm), result.Log10SpectralNorm, 1e-13); // T ε
        Assert.Equal(2 * length * Math.Log10(0.9), result.Log10AbsDeterminant, 1e-13);
    }

    // W = V diag(μ) Vᵀ has singular values |μ_i|^T.
    [Fact]
    public void Symmetric_weights_have_powers_of_their_eigenvalues()
    {
        foreach (int length in new[] { 1, 30, 700 })
        {
            CellSpec spec = new()
            {
                HiddenSize = 12,
                Activation = ActivationKind.Linear,
                Weights = WeightEnsemble.Symmetric,
                SpectralRadius = 0.8,
                SequenceLength = length,
            };
            Matrix weights = new PlainReplicate(spec with { SequenceLength = 1 }, 0).Weights;
            double[] moduli = [.. PlainMatrix.ToMathNet(weights).Evd().EigenValues.Select(Complex.Abs)];
            Reading result = Cell.Run(spec);

            double tolerance = 1e-13 * length; // N ε for each eigenvalue, T times
            Assert.Equal(length * Math.Log10(0.8), result.Log10SpectralNorm, tolerance);
            Assert.Equal(
                (length * Math.Log10(moduli.Max())) + (0.5 * Math.Log10(moduli.Sum(m => Math.Pow(m / moduli.Max(), 2 * length)))),
                result.Log10FrobeniusNorm,
                tolerance);
            Assert.Equal(length * moduli.Sum(Math.Log10), result.Log10AbsDeterminant, 12 * tolerance);
        }
    }

    // If W is normal with eigenvalues μ, J = (1 − a) I + a W is normal too, and its singular values are |1 − a + a μ| for any x_0. For an antisymmetric
    // matrix minus γ I, μ = −γ ± iω.
    [Theory]
    [InlineData(WeightEnsemble.Symmetric, 0.3, 0, StateForm.PreActivation)]
    [InlineData(WeightEnsemble.Symmetric, 0.3, 0, StateForm.PostActivation)]
    [InlineData(WeightEnsemble.Antisymmetric, 0.1, 0, StateForm.PreActivation)]
    [InlineData(WeightEnsemble.Antisymmetric, 0.1, 0.4, StateForm.PostActivation)]
    [InlineData(WeightEnsemble.Antisymmetric, 1, 0.2, StateForm.PreActivation)]
    public void A_leak_moves_the_eigenvalues_of_normal_weights_towards_1(WeightEnsemble ensemble, double leak, double diffusion, StateForm state)
    {
        const int N = 11, Length = 400;
        CellSpec spec = new()
        {
            HiddenSize = N,
            Activation = ActivationKind.Linear,
            State = state,
            Weights = ensemble,
            Leak = leak,
            Diffusion = diffusion,
            SpectralRadius = 1.3,
            SequenceLength = Length,
        };
        Matrix drawn = PlainReplicate.DrawWeights(spec, 0);
        Complex[] eigenvalues = [.. PlainMatrix.ToMathNet(drawn).Evd().EigenValues];
        double radius = eigenvalues.Max(Complex.Abs);
        Complex[] scaled = [.. eigenvalues.Select(value => (value * 1.3 / radius) - diffusion)];
        double[] logs = [.. scaled.Select(value => Math.Log(Complex.Abs(1 - leak + (leak * value))))];

        Reading result = Cell.Run(spec), elsewhere = Cell.Run(spec with { InitialScale = 7 });

        Assert.Equal(logs.Max(), result.LyapunovMax, 1e-12); // N ε, each step
        Assert.Equal(logs.Average(), result.LyapunovMean, 1e-12);
        Assert.Equal(Length * logs.Sum() / Math.Log(10), result.Log10AbsDeterminant, 1e-12 * Length);
        PlainMatrix.AssertRelative(scaled.Max(Complex.Abs), result.WeightsSpectralNorm, 1e-12);
        Assert.Equal(Length * Math.Log10(1 - leak + (leak * scaled.Max(Complex.Abs))), result.Log10PascanuBound, 1e-12 * Length);
        Assert.Equal(result.Log10PascanuBound, result.Log10PathBound, 1e-12 * Length);
        Assert.Equal((result.LyapunovMax, result.LyapunovMean), (elsewhere.LyapunovMax, elsewhere.LyapunovMean));
    }

    // For an odd N one ω is 0.
    [Fact]
    public void Antisymmetric_weights_of_odd_size_have_determinant_0_unless_there_is_diffusion()
    {
        CellSpec spec = new() { HiddenSize = 7, Weights = WeightEnsemble.Antisymmetric, SequenceLength = 5 };
        Assert.Equal(double.NegativeInfinity, Cell.Run(spec).Log10AbsDeterminant);
        Assert.True(double.IsFinite(Cell.Run(spec with { Diffusion = 0.1 }).Log10AbsDeterminant));
        Assert.True(double.IsFinite(Cell.Run(spec with { HiddenSize = 8 }).Log10AbsDeterminant));
        Assert.Equal(ReplicateStatus.ZeroRadius, Cell.Run(spec with { HiddenSize = 1 }).Status);
    }

    // tanh at x = 0 without input has slope 1 at every step; the logistic unit with b = −W·½ stays at 0, where its slope is 1/4.
    [Fact]
    public void At_rest_the_product_is_a_power_of_the_weights()
    {
        CellSpec linear = new() { HiddenSize = 24, Activation = ActivationKind.Linear, SpectralRadius = 1.2, SequenceLength = 25 };
        CellSpec tanh = linear with { Activation = ActivationKind.Tanh, InitialScale = 0 };
        Assert.Equal(Columns.Of(Cell.Run(linear)), Columns.Of(Cell.Run(tanh))); // the same products, bit for bit

        // Small networks, but linear ones, are computed side by side, with sums in another order.
        foreach (((string name, double expected), (_, double actual)) in
            Columns.Of(Cell.Run(linear with { HiddenSize = 8 })).Zip(Columns.Of(Cell.Run(tanh with { HiddenSize = 8 }))))
        {
            Assert.True(Math.Abs(expected - actual) <= 1e-13 * Math.Max(1, Math.Abs(expected)) || (double.IsNaN(expected) && double.IsNaN(actual)), $"{name}: {expected:R} and {actual:R}"); // N T ε
        }

        // A sweep has no vector b = −W·½, so this tests one logistic unit: W = ρ, b = −ρ/2.
        Reading logistic = Cell.Run(new CellSpec
        {
            HiddenSize = 1,
            Weights = WeightEnsemble.Identity,
            Activation = ActivationKind.Sigmoid,
            SpectralRadius = 3,
            Bias = -1.5,
            InitialScale = 0,
            SequenceLength = 25,
        });
        Assert.Equal(25 * Math.Log10(3.0 / 4), logistic.Log10SpectralNorm, 1e-13);
    }

    // The vector b = −W·½, set in the network itself.
    [Fact]
    public void A_logistic_network_held_at_0_multiplies_a_quarter_of_the_weights()
    {
        Matrix weights = PlainMatrix.Map(PlainMatrix.Gaussian(6, 6, 12), w => 2 * w);
        double[] bias = [.. PlainMatrix.Multiply(weights, [.. Enumerable.Repeat(-0.5, 6)])];
        RecurrentNetwork network = RecurrentNetwork.Of(
            StateForm.PreActivation, JacobianForm.Exact, weights, Core.Networks.Activations.Activation.Named(ActivationKind.Sigmoid));
        double[] state = new double[6], slopes = new double[6];
        var product = new Core.Jacobians.JacobianProduct(network, new Core.Jacobians.ConstantSlopes(slopes));
        Matrix power = PlainMatrix.Diagonal(1, 1, 1, 1, 1, 1);
        for (int t = 0; t < 7; t++)
        {
            Core.Networks.Activations.Slopes step = network.Advance(state, bias, slopes, new double[6]);
            product.Advance(slopes, step.Exponent, step.LogSum);
            power = PlainMatrix.Multiply(PlainMatrix.Map(weights, w => w / 4), power);
            Assert.All(state, x => Assert.Equal(0, x, 1e-12)); // rounding of W·½, grown by at most ‖W/4‖ a step
        }

        Matrix actual = PlainMatrix.Of(product);
        PlainMatrix.AssertClose(power, actual, 1e-12 * PlainMatrix.MaxAbs(power)); // N T ε, and the slope is stationary at 0
    }
}
