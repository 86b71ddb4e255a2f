using System.Runtime.Intrinsics;
using RnnSweep.Core.ElementaryFunctions;

namespace RnnSweep.Core.Tests.ElementaryFunctions;

/// <summary>
/// The scalar functions of Core compared with 256 bits. Two ulp: up to four roundings of half an ulp of numbers no larger than the result.
/// </summary>
public sealed class ElementaryFunctionTests
{
    private const double Ulps = 2;

    private static IEnumerable<double> Fractions(int count) => Enumerable.Range(0, count).Select(i => (i + 0.4321) / count);

    [Fact]
    public void The_exponential_and_its_difference_from_1_are_accurate_down_to_the_smallest_double()
    {
        foreach (double y in Fractions(500).SelectMany(f => new[] { -f, -40 * f, -745 * f, -Math.Pow(10, -300 * f) }))
        {
            double e = Exponential.Of(Vector256.Create(y), out Vector256<double> minusOne)[0];

            Assert.True(BigReal.Exp(y).UlpsTo(e) <= Ulps, $"e^{y:R}");
            Assert.True(BigReal.ExpMinusOne(y).UlpsTo(minusOne[0]) <= Ulps, $"e^{y:R} - 1");
        }
    }

    [Fact]
    public void The_logarithm_is_accurate_over_the_whole_range()
    {
        IEnumerable<double> about1 = Fractions(500).SelectMany(f => new[] { f, 2 * f, 1 - (1e-6 * f), 1 + (1e-6 * f), 1 });
        foreach (double x in about1.Concat(Fractions(500).Select(f => Math.Pow(10, (615 * f) - 307.5))))
        {
            Assert.True(BigReal.Log(x).UlpsTo(Logarithm.Of(Vector256.Create(x))[0]) <= Ulps, $"ln {x:R}");
        }
    }

    [Fact]
    public void The_logarithm_of_a_product_of_mantissas_and_a_power_of_two_is_accurate()
    {
        foreach (double x in Fractions(300).Select(f => Math.Pow(10, (615 * f) - 307.5)))
        {
            Vector256<double> vector = Vector256.Create(x), mantissa = Logarithm.Mantissa(vector);
            Vector256<long> exponent = Logarithm.Exponent(vector);

            Assert.InRange(mantissa[0], 1, 2);
            Assert.Equal(x, Math.ScaleB(mantissa[0], (int)exponent[0]));
            Assert.True(BigReal.Log(x).UlpsTo(Logarithm.Of(mantissa, exponent)[0]) <= Ulps, $"ln {x:R}");
        }

        // 2^10000 times a number, beyond the range of a double. The sum is rounded once more.
        Assert.Equal((10_000 * Math.Log(2)) + Math.Log(1.5), Logarithm.Of(Vector256.Create(1.5), Vector256.Create(10_000L))[0], 2e-12);
        Assert.Equal((-10_000 * Math.Log(2)) + Math.Log(1.5), Logarithm.Of(Vector256.Create(1.5), Vector256.Create(-10_000L))[0], 2e-12);
    }

    [Fact]
    public void The_sine_of_pi_times_a_number_up_to_one_half_is_accurate()
    {
        foreach (double x in Fractions(500).SelectMany(f => new[] { f / 2, 0.25 + (1e-6 * (f - 0.5)), 0.5 - (1e-6 * f), Math.Pow(10, -300 * f) / 2 }).Append(0.25).Append(0.5))
        {
            Assert.True(BigReal.SineOfPiTimes(x).UlpsTo(Sine.OfPiTimes(Vector256.Create(x))[0]) <= Ulps, $"sin(π {x:R})");
        }
    }

    [Fact]
    public void The_logarithm_of_one_plus_a_number_is_accurate()
    {
        foreach (double z in Fractions(500).SelectMany(f => new[] { f, Math.Pow(10, -300 * f) }).Append(1))
        {
            Assert.True(BigReal.LogOnePlus(z).UlpsTo(Logarithm.OfOnePlus(Vector256.Create(z))[0]) <= Ulps, $"ln(1 + {z:R})");
        }

        foreach (double z in Fractions(500).Select(f => (0.707 * f) - 0.2928))
        {
            Assert.True(BigReal.LogOnePlus(z).UlpsTo(Logarithm.OfOnePlusSmall(Vector256.Create(z))[0]) <= Ulps, $"ln(1 + {z:R})");
        }
    }
}
