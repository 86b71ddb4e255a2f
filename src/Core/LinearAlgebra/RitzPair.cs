using System.Numerics;
using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>An approximate eigenvalue θ, its vector x (not of unit length), and the residual ‖Ax − θx‖/‖x‖.</summary>
internal sealed record RitzPair(Complex Value, double[] Real, double[] Imaginary, double Residual)
{
    public double Modulus => Complex.Abs(Value);

    /// <summary>|yᵀx| of the normalised vectors. For a left and a right eigenvector, it is the inverse of the eigenvalue's condition.</summary>
    public double Overlap(RitzPair left)
    {
        double real = TensorPrimitives.Dot<double>(Real, left.Real) - TensorPrimitives.Dot<double>(Imaginary, left.Imaginary);
        double imaginary = TensorPrimitives.Dot<double>(Real, left.Imaginary) + TensorPrimitives.Dot<double>(Imaginary, left.Real);
        return double.Hypot(real, imaginary) / (Length * left.Length);
    }

    private double Length => double.Hypot(TensorPrimitives.Norm<double>(Real), TensorPrimitives.Norm<double>(Imaginary));
}
