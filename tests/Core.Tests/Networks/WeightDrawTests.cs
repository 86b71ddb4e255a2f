using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Tests.Experiments;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Networks;

public sealed class WeightDrawTests
{
    public static TheoryData<WeightEnsemble> Drawn => [.. Enum.GetValues<WeightEnsemble>().Where(e => e != WeightEnsemble.File)];

    [Theory]
    [MemberData(nameof(Drawn))]
    public void Each_ensemble_is_its_formula_applied_to_the_replicates_stream(WeightEnsemble ensemble)
    {
        foreach (int n in new[] { 1, 2, 17 })
        {
            CellSpec spec = new() { HiddenSize = n, Weights = ensemble, Density = 0.3, Seed = 9 };
            Matrix drawn = WeightDraw.Draw(ensemble, n, 0.3, 9, 4);

            // The same formula in another order of operations; for Haar, Gram–Schmidt instead of Householder: N ε times the condition of Z; for Lévy, powers
            // instead of logarithms: some tens of ε of the largest entry.
            Matrix expected = PlainReplicate.DrawWeights(spec, 4);
            double tolerance = ensemble switch { WeightEnsemble.Orthogonal => 1e-11, WeightEnsemble.Levy => 1e-14 * PlainMatrix.MaxAbs(expected), _ => 1e-15 };
            PlainMatrix.AssertClose(expected, drawn, tolerance);
        }
    }

    [Fact]
    public void Orthogonal_weights_are_orthogonal()
    {
        Matrix q = WeightDraw.Draw(WeightEnsemble.Orthogonal, 50, 1, 1, 0);

        Matrix identity = PlainMatrix.Diagonal([.. Enumerable.Repeat(1.0, 50)]);
        PlainMatrix.AssertClose(identity, PlainMatrix.Multiply(q.Transpose(), q), 1e-14); // N ε
    }

    // Q of another Householder factorisation, with its columns multiplied by the signs of R's diagonal.
    [Fact]
    public void Orthogonal_weights_are_q_with_the_signs_of_r()
    {
        const int N = 80;
        var z = new Matrix(N, N);
        Philox.For(7, 2, StreamRole.RecurrentWeights).FillNormal(z.Values);
        var qr = PlainMatrix.ToMathNet(z).QR();

        Matrix expected = PlainMatrix.Multiply(
            PlainMatrix.Of(qr.Q.ToArray()), PlainMatrix.Diagonal([.. qr.R.Diagonal().Select(x => (double)Math.Sign(x))]));

        PlainMatrix.AssertClose(expected, WeightDraw.Draw(WeightEnsemble.Orthogonal, N, 1, 7, 2),
            N * Math.ScaleB(1, -53) * qr.R.ConditionNumber()); // Q's sensitivity (Higham, § 19.9)
    }

    // Haar measure is invariant under rotation, so a single entry has mean 0 and variance 1/N, and the trace mean 0 and variance 1.
    // The diagonal of an uncorrected Householder Q mostly has one sign, which its trace would show.
    [Fact]
    public void Orthogonal_weights_are_haar_distributed()
    {
        const int N = 6, Count = 800;
        Matrix[] draws = [.. Enumerable.Range(0, Count).Select(r => WeightDraw.Draw(WeightEnsemble.Orthogonal, N, 1, 3, r))];
        double[] traces = [.. draws.Select(q => Enumerable.Range(0, N).Sum(i => q[i, i]))];

        // Five standard errors; the fourth moment of the trace is at most that of a normal, 3.
        Assert.Equal(0, traces.Average(), 5 / Math.Sqrt(Count));
        Assert.Equal(1, traces.Average(t => t * t), 5 * Math.Sqrt(2.0 / Count));
        Assert.Equal(0, draws.Average(q => q[0, 0]), 5 / Math.Sqrt(N * Count));
        Assert.Equal(1.0 / N, draws.Average(q => q[0, N - 1] * q[0, N - 1]), 5 * Math.Sqrt(2.0 / Count) / N);
    }

    [Theory]
    [InlineData(WeightEnsemble.Gaussian)]
    [InlineData(WeightEnsemble.Uniform)]
    [InlineData(WeightEnsemble.Symmetric)]
    [InlineData(WeightEnsemble.Antisymmetric)]
    [InlineData(WeightEnsemble.Sparse)]
    public void Entries_have_mean_0_and_variance_1_over_N(WeightEnsemble ensemble)
    {
        const int N = 150;
        Matrix w = WeightDraw.Draw(ensemble, N, 0.25, 1, 0);
        double[] offDiagonal = [.. w.Values.Where((_, k) => k % (N + 1) != 0)];

        // N² entries (half of them independent for symmetric), E w⁴ N² = 3 for normals, 3/density for sparse ones: five standard errors.
        double independent = (N * N) - N, kurtosis = 3;
        (independent, kurtosis) = ensemble switch
        {
            WeightEnsemble.Symmetric or WeightEnsemble.Antisymmetric => (independent / 2, 3),
            WeightEnsemble.Sparse => (independent, 3 / 0.25),
            _ => (independent, kurtosis),
        };
        Assert.Equal(0, offDiagonal.Average() * Math.Sqrt(N), 5 / Math.Sqrt(independent));
        Assert.Equal(1, offDiagonal.Average(x => x * x) * N, 5 * Math.Sqrt((kurtosis - 1) / independent));
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.3)]
    [InlineData(1)]
    public void A_sparse_matrix_keeps_its_density_of_entries(double density)
    {
        const int N = 150;
        double kept = WeightDraw.Draw(WeightEnsemble.Sparse, N, density, 2, 0).Values.Average(x => x == 0 ? 0.0 : 1);

        Assert.Equal(density, kept, (5 * Math.Sqrt(density * (1 - density)) / N) + 1e-15); // binomial
    }

    [Fact]
    public void Symmetric_weights_are_symmetric_to_the_bit()
    {
        Matrix w = WeightDraw.Draw(WeightEnsemble.Symmetric, 30, 1, 1, 0);
        Assert.Equal(w.Values, w.Transpose().Values);
    }

    [Theory]
    [MemberData(nameof(Drawn))]
    public void Radius_norm_and_determinant_agree_with_independent_methods(WeightEnsemble ensemble)
    {
        DrawnWeights drawn = DrawnWeights.Of(ensemble, 24, 0.3, 6, 1, null); // even: an odd antisymmetric matrix is singular

        PlainMatrix.AssertRelative(PlainMatrix.SpectralRadiusByPowers(drawn.Values), drawn.SpectralRadius, 1e-10); // the documented accuracy
        PlainMatrix.AssertRelative(PlainMatrix.SingularValues(drawn.Values)[0], drawn.SpectralNorm, 1e-12);
        Assert.Equal(Math.Log(Math.Abs(PlainMatrix.ToMathNet(drawn.Values).Determinant())), drawn.LogAbsDeterminant, 1e-10); // N ε cond(W)
    }

    // det A = det(−Aᵀ) = (−1)ⁿ det A: for odd n one eigenvalue is exactly 0, which rounding must not hide, also for a matrix from a file.
    [Fact]
    public void Antisymmetric_weights_have_imaginary_eigenvalues_in_pairs_and_for_an_odd_size_an_exact_zero()
    {
        foreach (int n in new[] { 1, 2, 5, 31, 40 })
        {
            DrawnWeights drawn = DrawnWeights.Of(WeightEnsemble.Antisymmetric, n, 1, 6, 1, null);
            DrawnWeights file = DrawnWeights.Of(WeightEnsemble.File, n, 1, 6, 1, drawn.Values);

            Assert.All(PlainMatrix.ToMathNet(drawn.Values).Evd().EigenValues, value => Assert.Equal(0, value.Real, 1e-13)); // N ε
            Assert.Equal(PlainMatrix.Map(drawn.Values, w => -w).Values, drawn.Values.Transpose().Values);
            Assert.Equal(n % 2 == 1, double.IsNegativeInfinity(drawn.LogAbsDeterminant));
            Assert.Equal(drawn.LogAbsDeterminant, file.LogAbsDeterminant);
            Assert.Equal(drawn.SpectralRadius, drawn.SpectralNorm);
            PlainMatrix.AssertRelative(drawn.SpectralRadius, file.SpectralRadius, 1e-12); // by graph and Lanczos, for any source of the matrix
        }
    }

    // The scaling of low-rank weights is that of their random part.
    public static TheoryData<WeightEnsemble> Scaled => [.. Enum.GetValues<WeightEnsemble>().Where(e => e is not (WeightEnsemble.File or WeightEnsemble.LowRank))];

    // A linear network started at the unit vectors shows W: x_1 = W x_0, through the public experiment.
    [Theory]
    [MemberData(nameof(Scaled))]
    public void Exact_scaling_gives_the_requested_radius_and_expected_scaling_the_gain(WeightEnsemble ensemble)
    {
        foreach (double radius in new[] { 1e-3, 0.7, 1, 40 })
        {
            CellSpec spec = new()
            {
                HiddenSize = 15,
                Weights = ensemble,
                Density = 0.4,
                SpectralRadius = radius,
                Activation = ActivationKind.Linear
            };
            Matrix drawn = WeightDraw.Draw(ensemble, 15, 0.4, spec.Seed, 0);

            PlainMatrix.AssertRelative(radius, PlainMatrix.SpectralRadiusByPowers(ScaledWeights(spec)), 1e-10);
            PlainMatrix.AssertClose(
                PlainMatrix.Map(drawn, w => radius * w), ScaledWeights(spec with { Scaling = WeightScaling.Expected }), radius * 1e-15);
        }
    }

    [Fact]
    public void Nothing_drawn_depends_on_radius_or_length()
    {
        CellSpec spec = new() { HiddenSize = 10, InputScale = 0.3, BiasScale = 0.2, Scaling = WeightScaling.Expected, SpectralRadius = 1 };
        CellSpec other = spec with { SpectralRadius = 2, SequenceLength = 7 };
        Assert.Equal(
            ScaledWeights(spec).Values.Select(w => 2 * w), // doubling is exact
            ScaledWeights(other).Values);
        Assert.Equal(
            Start(spec).Trajectory.State.ToArray(),
            Start(other).Trajectory.State.ToArray());
    }

    // The eigenvalues of P are those of s m_kᵀ m_l / N, and each outlier of g χ + P is one of them up to g N^(−1/2) (1 − g²/s²)^(−1/2) times a standard normal
    // (Tao 2013): five of these for r = 1. Within the circle of radius g, exceeded by some N^(−1/2), lie all others.
    [Theory]
    [InlineData(1, 1.5)]
    [InlineData(1, -2)]
    [InlineData(3, 1.5)]
    public void Low_rank_weights_have_outlying_eigenvalues_at_their_strength(int rank, double strength)
    {
        const int N = 300;
        const double Gain = 0.5;
        CellSpec spec = new() { HiddenSize = N, Weights = WeightEnsemble.LowRank, Rank = rank, LowRankStrength = strength, Scaling = WeightScaling.Expected, SpectralRadius = Gain };
        var m = new Matrix(rank, N);
        Philox.For(spec.Seed, 0, StreamRole.LowRank).FillNormal(m.Values);
        double[] expected = [.. PlainMatrix.ToMathNet(PlainMatrix.Multiply(m, m.Transpose())).Evd().EigenValues.Select(value => Math.Abs(value.Real * strength / N)).OrderDescending()];
        double[] magnitudes = [.. PlainMatrix.ToMathNet(ScaledWeights(spec)).Evd().EigenValues.Select(value => value.Magnitude).OrderDescending()];

        Assert.All(expected, value => Assert.Equal(Math.Abs(strength), value, 5 * Math.Abs(strength) * Math.Sqrt(2.0 * rank / N)));
        double error = 5 * Gain / Math.Sqrt(N * (1 - (Gain * Gain / (strength * strength))));
        Assert.All(expected.Zip(magnitudes), pair => Assert.Equal(pair.First, pair.Second, rank * error));
        Assert.InRange(magnitudes[rank], 0.9 * Gain, 1.15 * Gain);
        Assert.Contains(PlainMatrix.ToMathNet(ScaledWeights(spec)).Evd().EigenValues, value => Math.Abs(value.Magnitude - magnitudes[0]) < 1e-12 && Math.Sign(value.Real) == Math.Sign(strength));
    }

    [Fact]
    public void The_random_part_of_low_rank_weights_is_that_of_gaussian_ones_and_ranks_share_their_vectors()
    {
        CellSpec gaussian = new() { HiddenSize = 12, SpectralRadius = 0.8 }, one = gaussian with { Weights = WeightEnsemble.LowRank, LowRankStrength = 0.5 };
        Matrix w = ScaledWeights(gaussian), first = ScaledWeights(one), both = ScaledWeights(one with { Rank = 2 });
        double[] p = [.. first.Values.Zip(w.Values, (a, b) => a - b)], rest = [.. both.Values.Zip(first.Values, (a, b) => a - b)];

        double[] singular = PlainMatrix.SingularValues(new Matrix(12, 12, p)), second = PlainMatrix.SingularValues(new Matrix(12, 12, rest));
        Assert.True(singular[1] < 1e-14 && second[1] < 1e-14); // of rank 1 but for rounding
        Assert.True(singular[0] > 0.1 && second[0] > 0.1);
        PlainMatrix.AssertClose(w, ScaledWeights(one with { LowRankStrength = 0 }), 0);
    }

    [Fact]
    public void Without_its_random_part_a_low_rank_matrix_is_singular() => Assert.True(double.IsNegativeInfinity(
        Cell.Run(new CellSpec { HiddenSize = 6, Weights = WeightEnsemble.LowRank, SpectralRadius = 0, SequenceLength = 5 }).Log10AbsDeterminant));

    private static ReplicateTrajectory Start(CellSpec spec) => ReplicateTrajectory.Start(
        spec,
        0,
        block => DrawnWeights.Of(spec.Weights, spec.HiddenSize, spec.Density, spec.Seed, 0, null, block),
        null!)!;

    private static Matrix ScaledWeights(CellSpec spec)
    {
        int n = spec.HiddenSize;
        INetwork network = Start(spec with { Activation = ActivationKind.Linear }).Trajectory.Network;
        return RnnSweep.Core.Jacobians.JacobianCheck.Form(network, new double[n], new double[n]);
    }
}
