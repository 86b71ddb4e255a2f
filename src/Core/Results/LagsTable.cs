using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>The table with one row per lag of a replicate, for cells that measure lags.</summary>
public static class LagsTable
{
    /// <summary>The columns of a row, in order.</summary>
    public static ImmutableArray<TableColumn<LagRow>> Columns { get; } =
    [
        new("lag", new(FieldContent.Whole), row => row.Lag),
        new("log10_spectral_norm", row => row.Log10SpectralNorm),
        new("log10_frobenius_norm", row => row.Log10FrobeniusNorm),
    ];

    /// <summary>The rows of a replicate. Unknown numbers are NaN.</summary>
    /// <param name="lags">The lags of the cell, from <see cref="LagGrid"/>.</param>
    /// <param name="replicate">The replicate.</param>
    public static IEnumerable<LagRow> Rows(int[] lags, Reading replicate)
    {
        for (int i = 0; i < lags.Length; i++)
        {
            yield return new LagRow(
                lags[i], replicate.Lags?.Log10SpectralNorms[i] ?? double.NaN, replicate.Lags?.Log10FrobeniusNorms[i] ?? double.NaN);
        }
    }
}

/// <summary>The norms of ∂x_T/∂x_{T−k}: how strongly the state at step T depends on the state k steps before.</summary>
/// <param name="Lag">k, from 1 to T.</param>
/// <param name="Log10SpectralNorm">log10 of its spectral norm.</param>
/// <param name="Log10FrobeniusNorm">log10 of its Frobenius norm.</param>
public readonly record struct LagRow(int Lag, double Log10SpectralNorm, double Log10FrobeniusNorm);
