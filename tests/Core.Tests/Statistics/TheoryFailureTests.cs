using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Statistics;

/// <summary>A theory that cannot be computed is unknown, and never an error.</summary>
public sealed class TheoryFailureTests
{
    [Fact]
    public void No_cell_makes_the_theory_throw()
    {
        // 1e155 is the first whose square overflows.
        double[] radii = [0, 1e-300, 1, 1e155, double.MaxValue], biases = [-1e300, 0, 1e90], scales = [0, double.Epsilon, double.MaxValue];
        foreach (CellSpec spec in from activation in Enum.GetValues<ActivationKind>()
                                  from radius in radii
                                  from bias in biases
                                  from scale in scales
                                  select new CellSpec { Activation = activation, SpectralRadius = radius, Bias = bias, InputScale = scale, MeasuresSpectrum = true })
        {
            var theory = new Theory();
            CellTheory all = theory.Of(spec);
            Assert.Equal(theory.LyapunovMax(spec), all.LyapunovMax);
            Assert.True(theory.Exponents(spec, 5) is null or { Length: 5 });
        }
    }

    [Fact]
    public void Exponents_are_those_of_the_spectrum_in_the_middle_of_each_part()
    {
        // A linear network: the singular values of a product of many square gaussian matrices are ln g + ½ ln(1 − y) (Newman 1986).
        double[] exponents = new Theory().Exponents(new CellSpec { Activation = ActivationKind.Linear, SpectralRadius = 2 }, 4)!;
        Assert.Equal(new[] { 0.125, 0.375, 0.625, 0.875 }.Select(y => Math.Log(2) + (0.5 * Math.Log(1 - y))), exponents, (a, b) => Math.Abs(a - b) < 1e-9);
    }
}
