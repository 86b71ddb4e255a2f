using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Tests.LinearAlgebra;

public sealed class VectorNormTests
{
    [Fact]
    public void A_vector_scaled_by_a_power_of_two_has_its_length_scaled_as_much()
    {
        for (int exponent = -1040; exponent <= 1020; exponent += 4)
        {
            // Powers of two times 3, 4 and 12 stay exact down to the denormals; 3² + 4² + 12² = 13².
            double unit = Math.ScaleB(1, exponent);
            PlainMatrix.AssertRelative(13 * unit, VectorNorm.Of([3 * unit, -12 * unit, 4 * unit, 0]), 3e-16);
        }
    }

    [Fact]
    public void Zero_infinity_and_not_a_number_have_their_norm()
    {
        Assert.Equal(0, VectorNorm.Of([0, -0.0]));
        Assert.Equal(double.Epsilon, VectorNorm.Of([0, -double.Epsilon]));
        Assert.Equal(double.PositiveInfinity, VectorNorm.Of([1, double.NegativeInfinity]));
        Assert.True(double.IsNaN(VectorNorm.Of([1, double.NaN])));
    }
}
