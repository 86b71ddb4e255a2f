using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>The table with one row per lag of a replicate, for cells that measure lags.</summary>
public static class LagsTable
{
    private static readonly ImmutableArray<TableColumn<LagRow>> s_columns =
    [
        new("lag", new(FieldContent.Whole), row => row.Lag),
        new("log10_spectral_norm", row => row.Log10SpectralNorm),
        new("log10_frobenius_norm", row => row.Log10FrobeniusNorm),
    ];

    private static readonly ImmutableArray<TableColumn<LagRow>> s_columnsWithGradient =
    [
        .. s_columns,
        new("log10_weights_gradient_term", row => row.Log10GradientTerm),
        new("log10_weights_gradient_partial_sum", row => row.Log10GradientPartialSum),
    ];

    /// <summary>The columns of a row, in order. Those of gradients are present only where the cells measure them.</summary>
    public static ImmutableArray<TableColumn<LagRow>> Columns(CellSpec spec) => spec.MeasuresGradient ? s_columnsWithGradient : s_columns;

    /// <summary>The rows of a replicate. Unknown numbers are NaN.</summary>
    /// <param name="lags">The lags of the cell, from <see cref="LagGrid"/>.</param>
    /// <param name="replicate">The replicate.</param>
    public static IEnumerable<LagRow> Rows(int[] lags, Reading replicate)
    {
        for (int i = 0; i < lags.Length; i++)
        {
            yield return new LagRow(
                lags[i],
                replicate.Lags?.Log10SpectralNorms[i] ?? double.NaN,
                replicate.Lags?.Log10FrobeniusNorms[i] ?? double.NaN,
                replicate.GradientLags?.Log10Terms[i] ?? double.NaN,
                replicate.GradientLags?.Log10PartialSums[i] ?? double.NaN);
        }
    }
}

/// <summary>What depends on a lag.</summary>
/// <param name="Lag">k, from 1 to T.</param>
/// <param name="Log10SpectralNorm">log10 of the spectral norm of ∂x_T/∂x_{T−k}.</param>
/// <param name="Log10FrobeniusNorm">log10 of its Frobenius norm.</param>
/// <param name="Log10GradientTerm">log10 of the norm of the term of ∂L/∂W of step T − k + 1.</param>
/// <param name="Log10GradientPartialSum">log10 of the norm of the sum of these terms of the last k steps.</param>
public readonly record struct LagRow(int Lag, double Log10SpectralNorm, double Log10FrobeniusNorm, double Log10GradientTerm, double Log10GradientPartialSum);
