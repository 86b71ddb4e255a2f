using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Networks;

/// <summary>
/// The structured part P = (1/N) Σ_{k≤r} m_k n_kᵀ of the connectivity g χ + P (Mastrogiuseppe &amp; Ostojic 2018), with m_k a vector of standard normals and
/// n_k = s m_k. As N → ∞ every overlap m_kᵀ n_k / N is the strength s, and where |s| &gt; g, W has r outlying eigenvalues at s.
/// </summary>
public static class LowRankPart
{
    /// <summary>Adds P to W. It depends on seed, replicate, rank and strength alone, and the vectors of a smaller rank are the first of a larger one.</summary>
    /// <param name="weights">W, N × N.</param>
    /// <param name="rank">r.</param>
    /// <param name="strength">s.</param>
    /// <param name="seed">Seed of the sweep.</param>
    /// <param name="replicate">Index of the replicate.</param>
    public static void Add(Matrix weights, int rank, double strength, ulong seed, int replicate)
    {
        int n = weights.Rows;
        var stream = Philox.For(seed, replicate, StreamRole.LowRank);
        var vector = new double[n];
        for (int k = 0; k < rank; k++)
        {
            stream.FillNormal(vector);
            for (int i = 0; i < n; i++)
            {
                Span<double> row = weights.Values.AsSpan(i * n, n);
                TensorPrimitives.MultiplyAdd(vector, vector[i] * (strength / n), row, row);
            }
        }
    }
}
