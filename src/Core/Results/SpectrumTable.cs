using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>The table with one row per exponent of a replicate, for cells that measure the spectrum.</summary>
public static class SpectrumTable
{
    /// <summary>The columns of a row, in order.</summary>
    public static ImmutableArray<TableColumn<SpectrumRow>> Columns { get; } =
    [
        new("index", new(FieldContent.Whole), row => row.Index),
        new("lyapunov", row => row.Lyapunov),
        new("log10_singular_value", row => row.Log10SingularValue),
    ];

    /// <summary>The N rows of a replicate. Unknown numbers are NaN.</summary>
    public static IEnumerable<SpectrumRow> Rows(CellSpec spec, Reading replicate)
    {
        double perStep = Math.Log(10) / spec.SequenceLength;
        for (int i = 0; i < spec.StateSize; i++)
        {
            double value = replicate.Spectrum?.Log10SingularValues[i] ?? double.NaN;
            yield return new SpectrumRow(i + 1, replicate.Spectrum is { FrameExponents: { Count: > 0 } frame } ? frame[i] : value * perStep, value);
        }
    }
}

/// <summary>One exponent of a replicate.</summary>
/// <param name="Index">i, from 1.</param>
/// <param name="Lyapunov">λ_i = ln σ_i(P_T) / T, nats per step; with a frame transient, the growth rate of the frame instead.</param>
/// <param name="Log10SingularValue">log10 σ_i(P_T).</param>
public readonly record struct SpectrumRow(int Index, double Lyapunov, double Log10SingularValue);
