using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using RnnSweep.Core.ElementaryFunctions;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Networks;

/// <summary>Draws W₀ of an ensemble. It depends on seed and replicate, not on ρ or T.</summary>
public static class WeightDraw
{
    /// <summary>W₀ of a replicate, N × N. <see cref="WeightEnsemble"/> gives the formula of each ensemble.</summary>
    public static Matrix Draw(WeightEnsemble ensemble, int hiddenSize, double density, ulong seed, int replicate, int block = 0) =>
        Draw(new WeightDistribution(ensemble, density), hiddenSize, seed, replicate, block);

    /// <inheritdoc cref="Draw(WeightEnsemble, int, double, ulong, int, int)"/>
    /// <param name="distribution">The ensemble and its parameters.</param>
    /// <param name="hiddenSize">N.</param>
    /// <param name="seed">Seed of the sweep.</param>
    /// <param name="replicate">Index of the replicate.</param>
    /// <param name="block">Index of the matrix among those that a replicate draws from one stream.</param>
    public static Matrix Draw(WeightDistribution distribution, int hiddenSize, ulong seed, int replicate, long block = 0)
    {
        var matrix = new Matrix(hiddenSize, hiddenSize);
        Philox stream = Philox.For(seed, replicate, StreamRole.RecurrentWeights);
        ulong count = (ulong)matrix.Values.Length, start = (ulong)block * count;
        stream.Seek(start);
        double[] values = matrix.Values;
        switch (distribution.Ensemble)
        {
            case WeightEnsemble.Gaussian or WeightEnsemble.LowRank:
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
                Scale(values, 1 / Math.Sqrt(hiddenSize * distribution.Density));
                Keep(values, ref mask, distribution.Density);
                return matrix;
            case WeightEnsemble.Levy:
                Philox second = stream;
                stream.Seek(2 * start);
                second.Seek((2 * start) + count);
                double logSize = Logarithm.Of(Vector256.Create((double)hiddenSize))[0];
                FillStable(values, ref stream, ref second, distribution.Stability, -logSize / distribution.Stability);
                return matrix;
            default:
                throw new ArgumentOutOfRangeException(nameof(distribution), distribution.Ensemble, "no ensemble that is drawn");
        }
    }

    private static void Scale(Span<double> values, double factor) => TensorPrimitives.Multiply(values, factor, values);

    private static void FillStable(Span<double> values, ref Philox first, ref Philox second, double stability, double logScale)
    {
        Span<double> u = stackalloc double[256], v = stackalloc double[256];
        for (; values.Length > 0; values = values[Math.Min(u.Length, values.Length)..])
        {
            int count = Math.Min(u.Length, values.Length);
            u[count..].Fill(0.5);
            v[count..].Fill(0.5);
            first.FillUniform(u[..count]);
            second.FillUniform(v[..count]);
            SymmetricStable.Transform(u, v, stability, logScale);
            u[..count].CopyTo(values);
        }
    }

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
