using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Tests.LinearAlgebra;
using RnnSweep.Core.Tests.Networks;

namespace RnnSweep.Core.Tests.Statistics;

public sealed class LyapunovSpectrumTests
{
    private static LyapunovSpectrum Spectrum(ActivationKind kind, double gain, double variance, double bias = 0, int order = 12) =>
        new(Activation.Named(kind), gain, variance, bias, order);

    private static LyapunovSpectrum Tanh(double gain) =>
        Spectrum(ActivationKind.Tanh, gain, new MeanField(Activation.Named(ActivationKind.Tanh), gain, 0, 0).Outermost()!.Variance);

    // Half of the last published digit.
    [Theory]
    [InlineData(1.5, 0.084319, 0.0027952, 0.165812)]
    [InlineData(3, 0.152893, 0.0251964, 0.287721)]
    public void Tanh_networks_have_the_published_fraction_entropy_and_dimension(double gain, double fraction, double entropy, double dimension)
    {
        LyapunovSpectrum spectrum = Tanh(gain);

        Assert.Equal(fraction, spectrum.UnstableFraction, 5.001e-7);
        Assert.Equal(entropy, spectrum.EntropyRate, 5.001e-8);
        Assert.Equal(dimension, spectrum.KaplanYorkeDimension, 5.001e-7);
    }

    [Fact]
    public void The_unstable_fraction_and_the_dimension_peak_near_a_gain_of_3_while_the_first_exponent_rises()
    {
        double[] gains = [1.5, 2, 2.5, 3, 3.5, 4, 6];
        LyapunovSpectrum[] spectra = [.. gains.Select(Tanh)];
        double FirstOf(Func<LyapunovSpectrum, double> number) => gains[Enumerable.Range(0, gains.Length).MaxBy(i => number(spectra[i]))];

        Assert.InRange(FirstOf(s => s.UnstableFraction), 2.5, 3.5);
        Assert.InRange(FirstOf(s => s.KaplanYorkeDimension), 2.5, 3.5);
        Assert.Equal(6, FirstOf(s => s.Exponent(0)));
    }

    // All slopes 1: the circular law, λ = ln g + ½ ln(1 − y), its integral −½ (1 − y) ln(1 − y) − ½ y + y ln g.
    [Theory]
    [InlineData(0.7)]
    [InlineData(1.3)]
    [InlineData(2)]
    public void A_linear_network_has_the_circular_law(double gain)
    {
        LyapunovSpectrum spectrum = Spectrum(ActivationKind.Linear, gain, 0);
        foreach (double y in new[] { 0, 0.01, 0.3, 0.9, 0.999 })
        {
            Assert.Equal(Math.Log(gain) + (0.5 * Math.Log(1 - y)), spectrum.Exponent(y), 1e-12); // y has an error of an ulp of itself, 1e-13 of 1 − y
        }

        double unstable = Math.Max(0, 1 - (1 / (gain * gain)));
        double Sum(double y) => (y * Math.Log(gain)) - (0.5 * y) - (0.5 * (1 - y) * Math.Log(1 - y));
        Assert.Equal(unstable, spectrum.UnstableFraction, 1e-12);
        Assert.Equal(Sum(unstable), spectrum.EntropyRate, 1e-12);
        Assert.Equal(Math.Log(gain) - 0.5, spectrum.Mean, 1e-14);
        if (gain < 1)
        {
            Assert.Equal(0, spectrum.KaplanYorkeDimension);
        }
        else if (gain * gain > Math.E)
        {
            Assert.Equal(1, spectrum.KaplanYorkeDimension); // the volume grows
        }
        else
        {
            Assert.Equal(0, Sum(spectrum.KaplanYorkeDimension), 1e-12);
        }
    }

    // Slopes of 0 and 1: with a fraction p of ones, p g²/(e^2λ + g² y) = 1, so λ = ln g + ½ ln(p − y) for y < p and −∞ from there on.
    [Theory]
    [InlineData(ActivationKind.Relu, 1.3, 0.4, 0)]
    [InlineData(ActivationKind.Relu, 1.3, 2, -0.5)]
    [InlineData(ActivationKind.Hardtanh, 3, 2, 0)]
    [InlineData(ActivationKind.Hardtanh, 30, 400, 0.5)]
    public void Slopes_of_0_truncate_the_spectrum(ActivationKind kind, double gain, double variance, double bias)
    {
        double scale = Math.Sqrt(variance);
        double p = kind == ActivationKind.Relu
            ? Normal.CDF(0, 1, bias / scale)
            : Normal.CDF(0, 1, (1 - bias) / scale) - Normal.CDF(0, 1, (-1 - bias) / scale);
        LyapunovSpectrum spectrum = Spectrum(kind, gain, variance, bias);

        Assert.Equal(p, spectrum.RankFraction, 1e-14);
        Assert.Equal(Math.Log(gain) + (0.5 * Math.Log(p)), spectrum.Exponent(0), 1e-12);
        Assert.Equal(Math.Log(gain) + (0.5 * Math.Log(0.3 * p)), spectrum.Exponent(0.7 * p), 1e-12);
        Assert.Equal(double.NegativeInfinity, spectrum.Exponent(p + 1e-9));
        Assert.Equal(double.NegativeInfinity, spectrum.Mean);
        Assert.Equal(Math.Max(0, p - (1 / (gain * gain))), spectrum.UnstableFraction, 1e-12);
    }

    // The equation itself, with a quadrature that does not use panels: MathNet's adaptive Gauss–Kronrod.
    [Theory]
    [InlineData(ActivationKind.Tanh, 1.5, 0.8, 0)]
    [InlineData(ActivationKind.Tanh, 3, 40, 0.5)]
    [InlineData(ActivationKind.Sigmoid, 12, 30, -1)]
    [InlineData(ActivationKind.Softplus, 1.2, 9, 0.3)]
    [InlineData(ActivationKind.Erf, 4, 12, 0)]
    [InlineData(ActivationKind.Erf, 4, 0.1, 1)]
    public void Exponents_solve_the_equation(ActivationKind kind, double gain, double variance, double bias)
    {
        LyapunovSpectrum spectrum = Spectrum(kind, gain, variance, bias);
        foreach (double y in new[] { 0.001, 0.1, 0.5, 0.9, 0.99 })
        {
            double level = Math.Exp(2 * spectrum.Exponent(y));
            double Integrand(double z)
            {
                double squared = Math.Pow(gain * PlainActivation.Slope(kind, (Math.Sqrt(variance) * z) + bias), 2);
                return Math.Exp(-0.5 * z * z) * Constants.InvSqrt2Pi * squared / (level + (y * squared));
            }

            double mean = Enumerable.Range(-11, 22).Sum(z => GaussKronrodRule.Integrate(Integrand, z, z + 1, out _, out _, 1e-13, 20, 21));
            Assert.Equal(1, mean, 1e-10);
        }
    }

    // Twice the nodes per panel give the same, from a state with small variance to one that is saturated except for a thousandth.
    [Theory]
    [InlineData(ActivationKind.Tanh)]
    [InlineData(ActivationKind.Sigmoid)]
    [InlineData(ActivationKind.Softplus)]
    [InlineData(ActivationKind.Erf)]
    public void Twice_the_nodes_give_the_same_spectrum(ActivationKind kind)
    {
        foreach ((double variance, double bias) in new[] { (1e-3, 0.0), (1, 0.7), (100, 0), (1e6, 3) })
        {
            LyapunovSpectrum once = Spectrum(kind, 5, variance, bias), twice = Spectrum(kind, 5, variance, bias, 24);
            foreach (double y in new[] { 1e-3, 0.2, 0.6, 0.95 })
            {
                double expected = twice.Exponent(y);
                Assert.Equal(expected, once.Exponent(y), 1e-10 * Math.Max(1, Math.Abs(expected)));
            }
        }
    }

    // λ falls from ½ ln χ, and its integrals follow from its values: the mean by the determinant, entropy rate and dimension by quadrature.
    [Theory]
    [InlineData(ActivationKind.Tanh, 2, 2, 0)]
    [InlineData(ActivationKind.Sigmoid, 12, 20, -3)]
    [InlineData(ActivationKind.Erf, 2, 1.5, 0.2)]
    [InlineData(ActivationKind.Softplus, 1.6, 4, 1)]
    public void The_spectrum_falls_and_its_integrals_are_those_of_its_values(ActivationKind kind, double gain, double variance, double bias)
    {
        LyapunovSpectrum spectrum = Spectrum(kind, gain, variance, bias);
        double[] exponents = [.. Enumerable.Range(0, 21).Select(i => spectrum.Exponent(i / 20.0))];
        Assert.All(exponents.Zip(exponents.Skip(1)), pair => Assert.True(pair.First > pair.Second));
        Assert.Equal(exponents[0], spectrum.Exponent(1e-9), 1e-6);

        double logSlope = Enumerable.Range(-11, 22).Sum(z => GaussLegendreRule.Integrate(
            t => Math.Exp(-0.5 * t * t) * Constants.InvSqrt2Pi * Activation.Named(kind).LogSlope((Math.Sqrt(variance) * t) + bias), z, z + 1, 24));
        Assert.Equal(Math.Log(gain) - 0.5 + logSlope, spectrum.Mean, 1e-10);

        double Integral(double from, double to) => GaussLegendreRule.Integrate(spectrum.Exponent, from, to, 24);
        double unstable = spectrum.UnstableFraction, dimension = spectrum.KaplanYorkeDimension;
        Assert.InRange(unstable, 1e-3, 0.999);
        Assert.Equal(0, spectrum.Exponent(unstable), 1e-11);
        Assert.Equal(spectrum.EntropyRate, Integral(0, unstable), 1e-8); // 24 nodes, for a function with kinks at its ends
        Assert.InRange(dimension, unstable, 1);
        Assert.Equal(dimension < 1 ? 0 : spectrum.Mean, dimension < 1 ? Integral(0, unstable) + Integral(unstable, dimension) : spectrum.Mean, 1e-8);
    }

    // Without any integral: independent gaussian matrices by QR, with slopes at the quantiles of the state, because an independent matrix does not depend on
    // their order. A finite network deviates from the limit by about 1/N, which two sizes cancel; the standard error of an exponent over the steps is that of
    // ln χ-distributed lengths, 1/√(2 (N − i) T), 0.016 at most here, and at most doubled by that.
    [Fact]
    public void Products_of_random_matrices_have_the_spectrum()
    {
        LyapunovSpectrum spectrum = Spectrum(ActivationKind.Tanh, 2, 2);
        double[] small = MeasuredExponents(40), large = MeasuredExponents(80);
        double[] deviations = [.. Enumerable.Range(0, 30).Select(i => large[2 * i] + large[(2 * i) + 1] - small[i] - spectrum.Exponent((i + 0.5) / 40))];

        // In bands, because errors of neighbouring exponents cancel.
        Assert.All(deviations.Chunk(6), band => Assert.InRange(band.Average(), -0.03, 0.03));
    }

    private static double[] MeasuredExponents(int size)
    {
        const int Steps = 200, Transient = 20;
        const double Gain = 2, Variance = 2;
        var random = new Random(7);
        Matrix q = PlainMatrix.Identity(size), r = new(size, size);
        double[] sums = new double[size], workspace = new double[ThinQr.WorkspaceLength(size, size)];
        for (int t = -Transient; t < Steps; t++)
        {
            var jacobian = new Matrix(size, size);
            for (int j = 0; j < size; j++)
            {
                double slope = PlainActivation.Slope(ActivationKind.Tanh, Math.Sqrt(Variance) * Normal.InvCDF(0, 1, (j + 0.5) / size));
                for (int i = 0; i < size; i++)
                {
                    jacobian[i, j] = slope * Normal.Sample(random, 0, Gain / Math.Sqrt(size));
                }
            }

            q = PlainMatrix.Multiply(jacobian, q);
            ThinQr.Factor(q.Values, r.Values, size, size, workspace);
            for (int i = 0; t >= 0 && i < size; i++)
            {
                sums[i] += Math.Log(r[i, i]) / Steps;
            }
        }

        return sums;
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_rank_outside_the_spectrum_is_refused(double y) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Spectrum(ActivationKind.Tanh, 2, 1).Exponent(y));
}
