using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Jacobians;

/// <summary>Spectra that are known analytically, and invariance under reading, continuing and frame transients.</summary>
public sealed class SpectralProductTests
{
    // The documented accuracy of log10 σ_i for a thousand steps with a condition number up to 1e6; here it is far smaller.
    private const double Tolerance = 1e-9;

    public static TheoryData<bool> Sides => [true, false];

    [Theory]
    [InlineData(true, 0.5)]
    [InlineData(false, 0.5)]
    [InlineData(true, 3)]
    public void Orthogonal_weights_have_one_exponent(bool slopesComeFirst, double radius)
    {
        Matrix weights = PlainMatrix.Map(WeightDraw.Draw(WeightEnsemble.Orthogonal, 40, 1, 1, 0), w => radius * w);

        SingularSpectrum spectrum = Ones(weights, slopesComeFirst, 5000).Read();

        // W itself is orthogonal to a few ulp, so 5000 steps are to 5000 times that.
        Assert.All(spectrum.Log10SingularValues, value => Assert.Equal(5000 * Math.Log10(radius), value, 5000 * 1e-15));
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void Diagonal_weights_multiply_each_by_itself(bool slopesComeFirst)
    {
        double[] gains = [1e-3, 40, 1, 0.25, 1e3, 0.3];
        SingularSpectrum spectrum = Ones(PlainMatrix.Diagonal(gains), slopesComeFirst, 700).Read();

        AssertClose(gains.Select(gain => 700 * Math.Log10(gain)), spectrum);
    }

    // W^T = 0.9^T [[1, a], [0, 1]] with a = T / 0.9.
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(100)]
    [InlineData(20_000)]
    public void A_Jordan_block_grows_before_it_decays(int steps)
    {
        double a = steps / 0.9;
        double largest = (a + Math.Sqrt((a * a) + 4)) / 2;

        SingularSpectrum spectrum = Ones(PlainMatrix.Of(new[,] { { 0.9, 1 }, { 0, 0.9 } }), slopesComeFirst: true, steps).Read();

        double decay = steps * Math.Log10(0.9);
        AssertClose([decay + Math.Log10(largest), decay - Math.Log10(largest)], spectrum);
    }

    // A product of W and Wᵀ in turn would also do; a symmetric W with known eigenvalues works for any number of units.
    [Theory]
    [MemberData(nameof(Sides))]
    public void Symmetric_weights_have_the_powers_of_their_eigenvalues(bool slopesComeFirst)
    {
        double[] eigenvalues = [.. Enumerable.Range(0, 20).Select(i => Math.Pow(0.8, i) * (i % 3 == 0 ? -1.5 : 1.5))];
        Matrix weights = Symmetric(eigenvalues);

        SingularSpectrum spectrum = Ones(weights, slopesComeFirst, 600).Read();

        // Rounding W changes its eigenvalues by an ulp of the largest, which is 70 ulp of the smallest, 600 times over.
        AssertClose(eigenvalues.Select(value => 600 * Math.Log10(Math.Abs(value))), spectrum);
    }

    [Theory]
    [InlineData(ActivationKind.Tanh, StateForm.PreActivation, 0.9)]
    [InlineData(ActivationKind.Tanh, StateForm.PostActivation, 1.5)]
    [InlineData(ActivationKind.Erf, StateForm.PreActivation, 1.2)]
    [InlineData(ActivationKind.Linear, StateForm.PreActivation, 1)]
    [InlineData(ActivationKind.Sigmoid, StateForm.PostActivation, 4)]
    public void The_logarithms_sum_up_to_that_of_the_determinant(ActivationKind activation, StateForm state, double gain)
    {
        const int N = 48, Steps = 400;
        Matrix weights = Gaussian(N, gain);
        (double[][] slopes, double[] exponents, double logSlopes) = Trajectory(weights, activation, state, Steps);

        var product = new SpectralProduct(RecurrentNetwork.Of(state, JacobianForm.Exact, weights, Activation.Named(activation)));
        for (int t = 0; t < Steps; t++)
        {
            product.Advance(slopes[t], exponents[t]);
        }

        SingularSpectrum spectrum = product.Read();
        double expected = ((Steps * LogDeterminant.Of(weights)) + logSlopes) / Math.Log(10);
        Assert.DoesNotContain(double.NaN, spectrum.Log10SingularValues);
        Assert.Equal(expected, spectrum.Log10SingularValues.Sum(), Tolerance * N);
        Assert.Equal(expected, spectrum.Log10Sum, Tolerance * N);
        Assert.Equal(expected * Math.Log(10), spectrum.FrameExponents.Sum(), Tolerance * N);
    }

    // A short product fits into a double, so that another program can decompose it.
    [Theory]
    [MemberData(nameof(Sides))]
    public void A_short_product_has_the_singular_values_of_its_matrix(bool slopesComeFirst)
    {
        var steps = new ScriptedSlopes(Gaussian(24, 1), slopesComeFirst, Drawn(24, 5, (_, _) => 1));

        SingularSpectrum spectrum = steps.Spectral().Read();

        double[] expected = PlainMatrix.SingularValues(PlainMatrix.Of(steps.Dense()));
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], Math.Pow(10, spectrum.Log10SingularValues[i]), 1e-12 * expected[0]); // errors of a plain SVD scale with the norm
        }
    }

    // In each step other units are dead: the rank is the smallest number of living units.
    [Theory]
    [MemberData(nameof(Sides))]
    public void Dead_units_leave_exact_zeros(bool slopesComeFirst)
    {
        const int N = 20;
        int[] alive = [17, 15, 18, 12, 16, 13];
        double[][] slopes = Drawn(N, 60, (t, i) => (i + (3 * t)) % N < alive[t % alive.Length] ? 1 : 0);

        SingularSpectrum spectrum = new ScriptedSlopes(Gaussian(N, 1), slopesComeFirst, slopes).Spectral().Read();

        Assert.Equal(12, spectrum.Log10SingularValues.Count(double.IsFinite));
        Assert.Equal(N - 12, spectrum.Log10SingularValues.Count(double.IsNegativeInfinity));
        Assert.Equal(double.NegativeInfinity, spectrum.Log10Sum);

        // The expected values come from the matrix of the first few steps.
        var few = new ScriptedSlopes(Gaussian(N, 1), slopesComeFirst, slopes[..4]);
        double[] expected = PlainMatrix.SingularValues(PlainMatrix.Of(few.Dense()));
        Assert.All(few.Spectral().Read().Log10SingularValues[..12].Zip(expected), pair =>
            Assert.Equal(pair.Second, Math.Pow(10, pair.First), 1e-13 * expected[0]));
    }

    // A cycle of all units with individual gains, one of which dies at every twentieth step: every column is one number.
    [Theory]
    [MemberData(nameof(Sides))]
    public void Permutations_lose_their_units_one_by_one(bool slopesComeFirst)
    {
        const int N = 12, Steps = 130;
        double[][] slopes = [.. Enumerable.Range(0, Steps).Select(t => Enumerable.Range(0, N).Select(i =>
            t % 20 == 19 && i == 5 ? 0 : Math.ScaleB(1, (i - 5) * (t % 3))).ToArray())];
        Matrix weights = PlainMatrix.Permutation([.. Enumerable.Range(0, N).Select(i => (i + 1) % N)]);

        // Unit i receives from unit i + 1.
        int[] powers = new int[N];
        var isAlive = Enumerable.Repeat(true, N).ToArray();
        for (int start = 0; start < N; start++)
        {
            for (int t = 0, unit = start; t < Steps; t++)
            {
                int next = (unit + N - 1) % N, slope = slopesComeFirst ? unit : next;
                isAlive[start] &= slopes[t][slope] != 0;
                powers[start] += (slope - 5) * (t % 3);
                unit = next;
            }
        }

        SingularSpectrum spectrum = new ScriptedSlopes(weights, slopesComeFirst, slopes).Spectral().Read();

        Assert.Contains(false, isAlive);
        AssertClose(Enumerable.Range(0, N).Select(i => isAlive[i] ? powers[i] * Math.Log10(2) : double.NegativeInfinity), spectrum);
    }

    // Two unconnected networks side by side, the first of which leads for a while.
    [Theory]
    [MemberData(nameof(Sides))]
    public void Networks_side_by_side_have_the_singular_values_of_both(bool slopesComeFirst)
    {
        const int N = 16;
        Matrix both = Gaussian(N, 1), first = new(N / 2, N / 2), second = new(N / 2, N / 2);
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
            {
                both[i, j] *= i < N / 2 == j < N / 2 ? 1 : 0;
                ((i < N / 2) ? first : second)[i % (N / 2), j % (N / 2)] += both[i, j];
            }
        }

        double[][] slopes = Drawn(N, 300, (t, i) => t < 100 == i < N / 2 ? 1 : 0.01);
        SingularSpectrum spectrum = new ScriptedSlopes(both, slopesComeFirst, slopes).Spectral().Read();
        SingularSpectrum one = new ScriptedSlopes(first, slopesComeFirst, [.. slopes.Select(step => step[..(N / 2)])]).Spectral().Read();
        SingularSpectrum other = new ScriptedSlopes(second, slopesComeFirst, [.. slopes.Select(step => step[(N / 2)..])]).Spectral().Read();

        AssertClose(one.Log10SingularValues.Concat(other.Log10SingularValues), spectrum);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void A_product_that_becomes_zero_is_zero(bool slopesComeFirst)
    {
        double[][] slopes = Drawn(9, 40, (t, _) => t == 30 ? 0 : 1);

        SingularSpectrum spectrum = new ScriptedSlopes(Gaussian(9, 1), slopesComeFirst, slopes).Spectral().Read();

        Assert.All(spectrum.Log10SingularValues, value => Assert.Equal(double.NegativeInfinity, value));
    }

    [Fact]
    public void Powers_of_two_beside_the_slopes_go_to_every_singular_value()
    {
        Matrix weights = Gaussian(7, 1);
        SpectralProduct plain = new(ScriptedSlopes.Network(weights, true)), scaled = new(ScriptedSlopes.Network(weights, true));
        foreach (double[] slopes in Drawn(7, 50, (_, _) => 1))
        {
            plain.Advance(slopes, 0);
            scaled.Advance(slopes, -900);
        }

        AssertClose(plain.Read().Log10SingularValues.Select(value => value - (50 * 900 * Math.Log10(2))), scaled.Read());
    }

    // tanh at a gain of 10 saturates: beside slopes of 1, slopes of 1e-20 make the smallest singular values smaller than a double resolves.
    [Fact]
    public void Singular_values_lost_to_saturation_are_missing_and_the_sum_rule_shows_it()
    {
        const int N = 32, Steps = 200;
        Matrix weights = Gaussian(N, 10);
        (double[][] slopes, double[] exponents, double logSlopes) = Trajectory(weights, ActivationKind.Tanh, StateForm.PreActivation, Steps);
        var product = new SpectralProduct(ScriptedSlopes.Network(weights, slopesComeFirst: true));
        for (int t = 0; t < Steps; t++)
        {
            product.Advance(slopes[t], exponents[t]);
        }

        SingularSpectrum spectrum = product.Read();

        int known = spectrum.Log10SingularValues.Count(value => !double.IsNaN(value));
        Assert.InRange(known, 2, N - 2);
        Assert.All(spectrum.Log10SingularValues[known..], value => Assert.True(double.IsNaN(value)));
        double determinant = ((Steps * LogDeterminant.Of(weights)) + logSlopes) / Math.Log(10);
        Assert.True(Math.Abs(spectrum.Log10Sum - determinant) > 1e-3 * Steps, $"{spectrum.Log10Sum} and {determinant}");
    }

    // Two columns are equal: no zero shows the rank, but the other singular values can all be computed.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void For_weights_without_full_rank_only_the_smallest_singular_value_is_missing(int steps)
    {
        Matrix weights = Gaussian(6, 1);
        for (int i = 0; i < 6; i++)
        {
            weights[i, 1] = weights[i, 0];
        }

        ScriptedSlopes product = new(weights, slopesComeFirst: false, Drawn(6, steps, (_, _) => 1));

        ImmutableArray<double> values = product.Spectral().Read().Log10SingularValues;

        double[] expected = PlainMatrix.SingularValues(PlainMatrix.Of(product.Dense()));
        Assert.All(values[..5].Zip(expected), pair => Assert.Equal(pair.Second, Math.Pow(10, pair.First), 1e-12 * expected[0]));
        Assert.Equal(double.NaN, values[5]);
    }

    // Slopes down to 2^-400 move the smallest value out of a double's range, often to 0, but no exact value is 0.
    [Theory]
    [MemberData(nameof(Sides))]
    public void A_zero_that_rounding_has_left_is_missing(bool slopesComeFirst)
    {
        const int N = 6;
        var stream = new Philox(3, 3);
        double[][] slopes = [.. Enumerable.Range(0, 12).Select(_ => Enumerable.Range(0, N).Select(_ => Math.ScaleB(1, -(int)(400 * stream.NextUniform()))).ToArray())];

        SingularSpectrum spectrum = new ScriptedSlopes(Gaussian(N, 1), slopesComeFirst, slopes).Spectral().Read();

        Assert.True(double.IsFinite(spectrum.Log10SingularValues[0]));
        Assert.Contains(double.NaN, spectrum.Log10SingularValues);
        Assert.DoesNotContain(double.NegativeInfinity, spectrum.Log10SingularValues);
    }

    [Theory]
    [InlineData(ActivationKind.Tanh, StateForm.PreActivation, 1.5)]
    [InlineData(ActivationKind.Relu, StateForm.PostActivation, 1.5)]
    [InlineData(ActivationKind.Relu, StateForm.PreActivation, 1.5)]
    [InlineData(ActivationKind.Linear, StateForm.PreActivation, 1)]
    public void Reading_a_spectrum_on_the_way_does_not_change_its_bits(ActivationKind activation, StateForm state, double gain)
    {
        const int N = 18, Steps = 300;
        Matrix weights = Gaussian(N, gain);
        (double[][] slopes, double[] exponents, _) = Trajectory(weights, activation, state, Steps);
        RecurrentNetwork network = RecurrentNetwork.Of(state, JacobianForm.Exact, weights, Activation.Named(activation));
        SpectralProduct whole = new(network), pieces = new(network);
        for (int t = 0; t < Steps; t++)
        {
            whole.Advance(slopes[t], exponents[t]);
            pieces.Advance(slopes[t], exponents[t]);
            if (t % 7 == 0)
            {
                AssertSameBits(pieces.Read(), pieces.Read());
            }

            if (t == 150)
            {
                var again = new SpectralProduct(network);
                for (int step = 0; step <= t; step++)
                {
                    again.Advance(slopes[step], exponents[step]);
                }

                AssertSameBits(again.Read(), pieces.Read());
            }
        }

        AssertSameBits(whole.Read(), pieces.Read());
    }

    // The frame is orthogonal, so it changes no singular value; it changes its own growth rates from the first step on.
    [Theory]
    [MemberData(nameof(Sides))]
    public void A_settled_frame_leaves_the_singular_values_and_grows_by_the_eigenvalues(bool slopesComeFirst)
    {
        double[] eigenvalues = [1.2, -0.9, 0.7, 0.5, -0.35];
        RecurrentNetwork network = ScriptedSlopes.Network(Symmetric(eigenvalues), slopesComeFirst);
        double[] ones = [1, 1, 1, 1, 1];
        SpectralProduct plain = new(network), settled = new(network);
        for (int t = 0; t < 200; t++)
        {
            settled.SettleFrame(ones, 3);
        }

        for (int t = 0; t < 50; t++)
        {
            plain.Advance(ones, 0);
            settled.Advance(ones, 0);
        }

        AssertClose(plain.Read().Log10SingularValues, settled.Read());
        for (int i = 0; i < eigenvalues.Length; i++)
        {
            Assert.Equal(50 * Math.Log(Math.Abs(eigenvalues[i])), settled.Read().FrameExponents[i], Tolerance);
        }

        Assert.NotEqual(50 * Math.Log(1.2), plain.Read().FrameExponents[0], 1e-3);
        Assert.Throws<InvalidOperationException>(() => settled.SettleFrame(ones, 0));
    }

    // W is its own Schur form, so the converged frame is e_1, …, e_N and its growth |W_ii|, for any entries above the diagonal, even if they make a later
    // column of W the longest.
    [Theory]
    [InlineData(true, 1000)]
    [InlineData(false, 1000)]
    [InlineData(true, 1)]
    public void A_settled_frame_keeps_its_order_where_a_later_column_is_longer(bool slopesComeFirst, double above)
    {
        Matrix weights = PlainMatrix.Of(new[,] { { 0.9, above, 0 }, { 0, 0.8, above / 4 }, { 0, 0, 0.7 } });
        SpectralProduct product = new(ScriptedSlopes.Network(weights, slopesComeFirst));
        double[] ones = [1, 1, 1];
        for (int t = 0; t < 600; t++)
        {
            product.SettleFrame(ones, 0);
        }

        for (int t = 0; t < 50; t++)
        {
            product.Advance(ones, 0);
        }

        ImmutableArray<double> growth = product.Read().FrameExponents;
        Assert.Equal(50 * Math.Log(0.9), growth[0], Tolerance);
        Assert.Equal(50 * Math.Log(0.8), growth[1], 1e-8);
        Assert.Equal(50 * Math.Log(0.7), growth[2], 1e-8);
    }

    [Fact]
    public void A_frame_settles_through_steps_with_dead_units()
    {
        const int N = 10;
        double[][] before = Drawn(N, 30, (t, i) => (i + t) % 3 == 0 ? 0 : 1), after = Drawn(N, 30, (_, _) => 1);
        RecurrentNetwork network = ScriptedSlopes.Network(Gaussian(N, 1), slopesComeFirst: true);
        SpectralProduct plain = new(network), settled = new(network);
        foreach (double[] slopes in before)
        {
            settled.SettleFrame(slopes, 0);
        }

        foreach (double[] slopes in after)
        {
            plain.Advance(slopes, 0);
            settled.Advance(slopes, 0);
        }

        AssertClose(plain.Read().Log10SingularValues, settled.Read());
    }

    // If W is applied last, it is applied to columns that have just been scaled to about unit length.
    [Theory]
    [InlineData(1e12)]
    [InlineData(1e20)]
    [InlineData(1e30)]
    [InlineData(1e-20)]
    public void A_scale_of_the_weights_goes_to_every_singular_value(double scale)
    {
        const int N = 6, Steps = 4;
        double power = Math.ScaleB(1, (int)Math.Round(Math.Log2(scale)));
        double[][] slopes = Drawn(N, Steps, (_, _) => 1);
        Matrix weights = Gaussian(N, 1), scaled = PlainMatrix.Map(weights, w => w * power);

        SingularSpectrum plain = new ScriptedSlopes(weights, slopesComeFirst: true, slopes).Spectral().Read();
        SingularSpectrum spectrum = new ScriptedSlopes(scaled, slopesComeFirst: true, slopes).Spectral().Read();

        AssertClose(plain.Log10SingularValues.Select(value => value + (Steps * Math.Log10(power))), spectrum);
    }

    [Fact]
    public void Nothing_multiplied_is_the_identity()
    {
        SingularSpectrum spectrum = new SpectralProduct(ScriptedSlopes.Network(Gaussian(5, 1), true)).Read();

        Assert.All(spectrum.Log10SingularValues, value => Assert.Equal(0, value));
    }

    private static SpectralProduct Ones(Matrix weights, bool slopesComeFirst, int steps)
    {
        double[] ones = [.. Enumerable.Repeat(1.0, weights.Rows)];
        return new ScriptedSlopes(weights, slopesComeFirst, [.. Enumerable.Repeat(ones, steps)]).Spectral();
    }

    private static Matrix Gaussian(int n, double gain) => PlainMatrix.Map(PlainMatrix.Gaussian(n, n, 1), w => gain * w / Math.Sqrt(n));

    private static Matrix Symmetric(double[] eigenvalues)
    {
        Matrix q = PlainMatrix.Orthogonal(eigenvalues.Length, 3);
        return PlainMatrix.Multiply(q, PlainMatrix.Diagonal(eigenvalues), q.Transpose());
    }

    // Slopes chosen by step and unit, times random factors in [1/2, 1].
    private static double[][] Drawn(int n, int steps, Func<int, int, double> slope)
    {
        var stream = new Philox(7, 7);
        return [.. Enumerable.Range(0, steps).Select(t => Enumerable.Range(0, n).Select(i => slope(t, i) * (1 - (0.5 * stream.NextUniform()))).ToArray())];
    }

    private static (double[][] Slopes, double[] Exponents, double LogSlopes) Trajectory(Matrix weights, ActivationKind activation, StateForm state, int steps)
    {
        RecurrentNetwork network = RecurrentNetwork.Of(state, JacobianForm.Exact, weights, Activation.Named(activation));
        double[] x = PlainMatrix.Gaussian(weights.Rows, 1, 9).Values, drive = PlainMatrix.Gaussian(weights.Rows, 1, 11).Values, scratch = new double[x.Length];
        var slopes = new double[steps][];
        var exponents = new double[steps];
        double logSlopes = 0;
        for (int t = 0; t < steps; t++)
        {
            slopes[t] = new double[x.Length];
            Slopes step = network.Advance(x, drive, slopes[t], scratch);
            (exponents[t], logSlopes) = (step.Exponent, logSlopes + step.LogSum);
        }

        return (slopes, exponents, logSlopes);
    }

    private static void AssertClose(IEnumerable<double> expected, SingularSpectrum actual)
    {
        ImmutableArray<double> values = actual.Log10SingularValues;
        foreach ((double wanted, double value) in expected.OrderDescending().Zip(values))
        {
            Assert.Equal(wanted, value, double.IsFinite(wanted) ? Tolerance : 0);
        }
    }

    private static void AssertSameBits(SingularSpectrum one, SingularSpectrum other)
    {
        Assert.Equal(one.Log10SingularValues.AsEnumerable(), other.Log10SingularValues);
        Assert.Equal(one.FrameExponents.AsEnumerable(), other.FrameExponents);
        Assert.Equal(one.Log10Errors.AsEnumerable(), other.Log10Errors);
        Assert.Equal(one.Log10Sum, other.Log10Sum);
    }
}
