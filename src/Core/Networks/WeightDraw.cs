using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Networks;

/// <summary>Draws W₀ of an ensemble; a function of seed and replicate, never of ρ or T.</summary>
public static class WeightDraw
{
    /// <summary>W₀ of a replicate, N × N. Each ensemble's formula stands at <see cref="WeightEnsemble"/>.</summary>
    public static Matrix Draw(WeightEnsemble ensemble, int hiddenSize, double density, ulong seed, int replicate)
    {
        var matrix = new Matrix(hiddenSize, hiddenSize);
        Philox stream = Philox.For(seed, replicate, StreamRole.RecurrentWeights);
        double[] values = matrix.Values;
        switch (ensemble)
        {
            case WeightEnsemble.Gaussian:
                stream.FillNormal(values);
                Scale(values, 1 / Math.Sqrt(hiddenSize));
                return matrix;
            case WeightEnsemble.Uniform:
                stream.FillUniform(values);
                double halfWidth = Math.Sqrt(3.0 / hiddenSize);
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = ((2 * values[i]) - 1) * halfWidth;
                }

                return matrix;
            case WeightEnsemble.Orthogonal:
                stream.FillNormal(values);
                return Haar(matrix);
            case WeightEnsemble.Identity:
                for (int i = 0; i < hiddenSize; i++)
                {
                    matrix[i, i] = 1;
                }

                return matrix;
            case WeightEnsemble.Symmetric:
                stream.FillNormal(values);
                return Symmetric(matrix);
            case WeightEnsemble.Sparse:
                stream.FillNormal(values);
                Philox mask = Philox.For(seed, replicate, StreamRole.SparsityMask);
                double scale = 1 / Math.Sqrt(hiddenSize * density);
                foreach (ref double value in values.AsSpan())
                {
                    value = mask.NextUniform() < density ? value * scale : 0;
                }

                return matrix;
            default:
                throw new ArgumentOutOfRangeException(nameof(ensemble), ensemble, "no ensemble that is drawn");
        }
    }

    private static void Scale(double[] values, double factor)
    {
        foreach (ref double value in values.AsSpan())
        {
            value *= factor;
        }
    }

    // QR is unique once the diagonal of R is positive, as this one's is (Mezzadri 2007).
    private static Matrix Haar(Matrix gaussian)
    {
        int n = gaussian.Rows;
        ThinQr.Factor(gaussian.Values, new double[n * n], n, n, new double[ThinQr.WorkspaceLength(n, n)]);
        return gaussian;
    }

    private static Matrix Symmetric(Matrix gaussian)
    {
        int n = gaussian.Rows;
        double scale = 1 / Math.Sqrt(2.0 * n);
        var result = new Matrix(n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                result[i, j] = (gaussian[i, j] + gaussian[j, i]) * scale;
            }
        }

        return result;
    }
}
