using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Results;

/// <summary>What is said of a cell over its replicates. Statistics and fractions run over the replicates whose value is known.</summary>
public sealed record CellSummary
{
    /// <summary>Number of replicates.</summary>
    public int Count { get; private init; }

    /// <summary>Number of replicates of which every number is there.</summary>
    public int CountOk { get; private init; }

    /// <summary>Statistics of log10 σ_max(P_T).</summary>
    public SampleStatistics Log10SpectralNorm { get; private init; } = SampleStatistics.Of([]);

    /// <summary>Statistics of log10 ‖P_Tᵀ g‖₂.</summary>
    public SampleStatistics Log10GradientNorm { get; private init; } = SampleStatistics.Of([]);

    /// <summary>Statistics of ln σ_max(P_T) / T.</summary>
    public SampleStatistics LyapunovMax { get; private init; } = SampleStatistics.Of([]);

    /// <summary>Fraction of the known outcomes that vanish; NaN where none is known.</summary>
    public double FractionVanishing { get; private init; } = double.NaN;

    /// <summary>Fraction of the known outcomes that are stable; NaN where none is known.</summary>
    public double FractionStable { get; private init; } = double.NaN;

    /// <summary>Fraction of the known outcomes that explode; NaN where none is known.</summary>
    public double FractionExploding { get; private init; } = double.NaN;

    /// <summary>The exponent that theory gives for the cell, nats per step; NaN where no theory is known.</summary>
    public double TheoryLyapunovMax { get; private init; } = double.NaN;

    /// <summary>The summary of a cell that has no result: no replicates, nothing known.</summary>
    public static CellSummary Failed { get; } = new();

    /// <summary>The summary of a result.</summary>
    public static CellSummary Of(CellResult result, double theoryLyapunovMax)
    {
        double known = result.Replicates.Count(r => r.Outcome != Outcome.Missing);
        return new CellSummary
        {
            Count = result.Replicates.Length,
            CountOk = result.Replicates.Count(r => r.Status == ReplicateStatus.Ok),
            Log10SpectralNorm = Statistics(result, r => r.Log10SpectralNorm),
            Log10GradientNorm = Statistics(result, r => r.Log10GradientNorm),
            LyapunovMax = Statistics(result, r => r.LyapunovMax),
            FractionVanishing = Fraction(Outcome.Vanishing),
            FractionStable = Fraction(Outcome.Stable),
            FractionExploding = Fraction(Outcome.Exploding),
            TheoryLyapunovMax = theoryLyapunovMax,
        };

        // 0 / 0 is NaN: nothing known.
        double Fraction(Outcome outcome) => result.Replicates.Count(r => r.Outcome == outcome) / known;
    }

    private static SampleStatistics Statistics(CellResult result, Func<ReplicateResult, double> value)
    {
        var values = new double[result.Replicates.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = value(result.Replicates[i]);
        }

        return SampleStatistics.Of(values);
    }
}
