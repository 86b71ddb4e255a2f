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

    /// <summary>Statistics of the slope of ln ‖P_t‖_F over the second half.</summary>
    public SampleStatistics LyapunovMaxSlope { get; private init; } = SampleStatistics.Of([]);

    /// <summary>Mean of the standard errors within the trajectories.</summary>
    public double LyapunovMaxWithinSemMean { get; private init; } = double.NaN;

    /// <summary>Fraction of the replicates that have converged, of those where it can be said; NaN where there is none.</summary>
    public double FractionConverged { get; private init; } = double.NaN;

    /// <summary>Statistics of log10 σ_min.</summary>
    public SampleStatistics Log10MinSingularValue { get; private init; } = SampleStatistics.Of([]);

    /// <summary>Statistics of log10 (σ_max / σ_min).</summary>
    public SampleStatistics Log10ConditionNumber { get; private init; } = SampleStatistics.Of([]);

    /// <summary>Statistics of the share of exponents above 0.</summary>
    public SampleStatistics UnstableFraction { get; private init; } = SampleStatistics.Of([]);

    /// <summary>Statistics of the sum of the exponents above 0.</summary>
    public SampleStatistics EntropyRate { get; private init; } = SampleStatistics.Of([]);

    /// <summary>Statistics of the dimension of Kaplan and Yorke.</summary>
    public SampleStatistics KaplanYorkeDimension { get; private init; } = SampleStatistics.Of([]);

    /// <summary>Statistics of the residual of the sum rule.</summary>
    public SampleStatistics SumRuleResidual { get; private init; } = SampleStatistics.Of([]);

    /// <summary>When gradients vanish, in lags.</summary>
    public CensoredMedian VanishingLag { get; private init; } = CensoredMedian.Unknown;

    /// <summary>When gradients explode, in lags.</summary>
    public CensoredMedian ExplodingLag { get; private init; } = CensoredMedian.Unknown;

    /// <summary>Fraction of the known outcomes that vanish; NaN where none is known.</summary>
    public double FractionVanishing { get; private init; } = double.NaN;

    /// <summary>Fraction of the known outcomes that are stable; NaN where none is known.</summary>
    public double FractionStable { get; private init; } = double.NaN;

    /// <summary>Fraction of the known outcomes that explode; NaN where none is known.</summary>
    public double FractionExploding { get; private init; } = double.NaN;

    /// <summary>What theory says of the cell.</summary>
    public CellTheory Theory { get; private init; } = CellTheory.Unknown;

    /// <summary>The summary of a cell that has no readings: nothing known.</summary>
    public static CellSummary Failed { get; } = new();

    /// <summary>The summary of a result.</summary>
    public static CellSummary Of(CellResult result, CellTheory theory)
    {
        Reading[] ofLags = [.. result.Replicates.Where(r => r.Lags is not null)];
        double known = result.Replicates.Count(r => r.Outcome != Outcome.Missing);
        return new CellSummary
        {
            Count = result.Replicates.Length,
            CountOk = result.Replicates.Count(r => r.Status == ReplicateStatus.Ok),
            Log10SpectralNorm = Statistics(result, r => r.Log10SpectralNorm),
            Log10GradientNorm = Statistics(result, r => r.Log10GradientNorm),
            LyapunovMax = Statistics(result, r => r.LyapunovMax),
            LyapunovMaxSlope = Statistics(result, r => r.LyapunovMaxSlope),
            LyapunovMaxWithinSemMean = Statistics(result, r => r.LyapunovMaxWithinSem).Mean,
            FractionConverged = result.Replicates.Count(r => r.Converged == true) / (double)result.Replicates.Count(r => r.Converged is not null),
            Log10MinSingularValue = Statistics(result, r => r.Log10MinSingularValue),
            Log10ConditionNumber = Statistics(result, r => r.Log10ConditionNumber),
            UnstableFraction = Statistics(result, r => r.UnstableFraction),
            EntropyRate = Statistics(result, r => r.EntropyRate),
            KaplanYorkeDimension = Statistics(result, r => r.KaplanYorkeDimension),
            SumRuleResidual = Statistics(result, r => r.SumRuleResidual),
            VanishingLag = CensoredMedian.Of([.. ofLags.Select(r => r.VanishingLag)]),
            ExplodingLag = CensoredMedian.Of([.. ofLags.Select(r => r.ExplodingLag)]),
            FractionVanishing = Fraction(Outcome.Vanishing),
            FractionStable = Fraction(Outcome.Stable),
            FractionExploding = Fraction(Outcome.Exploding),
            Theory = theory,
        };

        // 0 / 0 is NaN: nothing known.
        double Fraction(Outcome outcome) => result.Replicates.Count(r => r.Outcome == outcome) / known;
    }

    private static SampleStatistics Statistics(CellResult result, Func<Reading, double> value)
    {
        var values = new double[result.Replicates.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = value(result.Replicates[i]);
        }

        return SampleStatistics.Of(values);
    }
}
