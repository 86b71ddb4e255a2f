using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Networks;

/// <summary>Draws W₀ of an ensemble. It depends on seed and replicate, not on ρ or T.</summary>
public static class WeightDraw
{
    /// <summary>W₀ of a replicate, N × N. <see cref="WeightEnsemble"/> gives the formula of each ensemble.</summary>
    public static Matrix Draw(WeightEnsemble ensemble, int hiddenSize, double density, ulong seed, int replicate, int block = 0)
    {
        var matrix = new Matrix(hiddenSize, hiddenSize);
        Philox stream = Philox.For(seed, replicate, StreamRole.RecurrentWeights);
        ulong start = (ulong)block * (ulong)matrix.Values.Length;
        stream.Seek(start);
        double[] values = matrix.Values;
        switch (ensemble)
        {
            case WeightEnsemble.Gaussian:
                stream.FillNormal(values);
                Scale(values, 1 / Math.Sqrt(hiddenSize));
                return matrix;
            case WeightEnsemble.Uniform:
                stream.FillUniform(values);
                Centre(values, Math.Sqrt(3.0 / hiddenSize));
                return matrix;
            case WeightEnsemble.Orthogonal:
                stream.FillNormal(values);
                return Haar(matrix);
            case WeightEnsemble.Identity:
                return Matrix.Identity(hiddenSize);
            case WeightEnsemble.Symmetric:
                stream.FillNormal(values);
                return WithTranspose(matrix, 1);
            case WeightEnsemble.Antisymmetric:
                stream.FillNormal(values);
                return WithTranspose(matrix, -1);
            case WeightEnsemble.Sparse:
                stream.FillNormal(values);
                Philox mask = Philox.For(seed, replicate, StreamRole.SparsityMask);
                mask.Seek(start);
                Scale(values, 1 / Math.Sqrt(hiddenSize * density));
                Keep(values, ref mask, density);
                return matrix;
            default:
                throw new ArgumentOutOfRangeException(nameof(ensemble), ensemble, "no ensemble that is drawn");
        }
    }

    private static void Scale(Span<double> values, double factor) => TensorPrimitives.Multiply(values, factor, values);

    // (2u − 1) · h
    private static void Centre(Span<double> uniforms, double halfWidth)
    {
        TensorPrimitives.Multiply(uniforms, 2, uniforms);
        TensorPrimitives.Subtract(uniforms, 1, uniforms);
        Scale(uniforms, halfWidth);
    }

    // Keeps the values where the mask's u < density and sets the others to 0. A masked selection avoids mispredicted branches.
    private static void Keep(Span<double> values, ref Philox mask, double density)
    {
        Span<double> uniforms = stackalloc double[256];
        while (values.Length > 0)
        {
            Span<double> piece = values[..Math.Min(uniforms.Length, values.Length)];
            mask.FillUniform(uniforms[..piece.Length]);
            int i = 0;
            for (; i + Vector256<double>.Count <= piece.Length; i += Vector256<double>.Count)
            {
                Vector256<double> keep = Vector256.LessThan(Vector256.LoadUnsafe(ref uniforms[i]), Vector256.Create(density));
                (Vector256.LoadUnsafe(ref piece[i]) & keep).StoreUnsafe(ref piece[i]);
            }

            for (; i < piece.Length; i++)
            {
                piece[i] = uniforms[i] < density ? piece[i] : 0;
            }

            values = values[piece.Length..];
        }
    }

    // QR is unique with a positive diagonal of R, which ThinQr ensures (Mezzadri 2007).
    private static Matrix Haar(Matrix gaussian)
    {
        int n = gaussian.Rows;
        ThinQr.Factor(gaussian.Values, new double[n * n], n, n, new double[ThinQr.WorkspaceLength(n, n)]);
        return gaussian;
    }

    // (Z ± Zᵀ) / √(2N)
    private static Matrix WithTranspose(Matrix gaussian, int sign)
    {
        int n = gaussian.Rows;
        double scale = 1 / Math.Sqrt(2.0 * n);
        var result = new Matrix(n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                result[i, j] = (gaussian[i, j] + (sign * gaussian[j, i])) * scale;
            }
        }

        return result;
    }
}
