using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;
using Outcome = RnnSweep.Core.Experiments.Outcome;

namespace RnnSweep.Core.Tests.Results;

/// <summary>Results of every kind, for properties.</summary>
internal static class Sample
{
    private static readonly double[] Edges =
    [
        0, -0.0, double.NaN, double.NegativeInfinity, double.PositiveInfinity, double.Epsilon, double.MaxValue, double.MinValue,
        BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0001), 0.1, -1e-300,
    ];

    public static Gen<CellResult> Result { get; } =
        from seed in Gen.Choose(0, int.MaxValue)
        from size in Gen.Choose(0, 20)
        from replicates in Gen.ArrayOf(Replicate(), size)
        select new CellResult(CellKey.Of(new CellSpec { Seed = (ulong)seed }), [.. replicates]);

    private static Gen<Reading> Replicate() =>
        from n in Gen.ArrayOf(Number(), 14)
        from outcome in Gen.Elements(Enum.GetValues<Outcome>())
        from status in Gen.Elements(Enum.GetValues<ReplicateStatus>())
        from converged in Gen.Elements<bool?>(null, false, true)
        from spectrum in Gen.OneOf(Gen.Constant((SpectrumResult?)null), Spectrum().Select(spectrum => (SpectrumResult?)spectrum))
        from lags in Gen.OneOf(Gen.Constant((LagsResult?)null), Lags().Select(lags => (LagsResult?)lags))
        from step in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(-100, 100).Select(i => (int?)i), Gen.Elements<int?>(int.MinValue, int.MaxValue))
        select new Reading
        {
            Log10SpectralNorm = n[0],
            Log10FrobeniusNorm = n[1],
            Log10GradientNorm = n[2],
            Log10AbsDeterminant = n[3],
            LyapunovMax = n[4],
            LyapunovMean = n[5],
            Log10PascanuBound = n[6],
            Log10PathBound = n[7],
            MeanSlope = n[8],
            MeanLogSlope = n[9],
            Omega = n[10],
            WeightsSpectralNorm = n[11],
            LyapunovMaxSlope = n[12],
            LyapunovMaxWithinSem = n[13],
            Converged = converged,
            Spectrum = spectrum,
            Lags = lags,
            Outcome = outcome,
            Status = status,
            StatusStep = step,
        };

    private static Gen<SpectrumResult> Spectrum() =>
        from n in Gen.ArrayOf(Number(), 6)
        from values in List()
        from frame in List()
        select new SpectrumResult
        {
            Log10SingularValues = values,
            FrameExponents = frame,
            Statistics = new SpectrumStatistics
            {
                Log10MinSingularValue = n[0],
                Log10ConditionNumber = n[1],
                UnstableFraction = n[2],
                EntropyRate = n[3],
                KaplanYorkeDimension = n[4],
                SumRuleResidual = n[5],
            },
        };

    private static Gen<LagsResult> Lags() =>
        from spectral in List()
        from frobenius in List()
        from vanishing in Gen.Elements<int?>(null, 1, int.MaxValue)
        from exploding in Gen.Elements<int?>(null, 1, int.MaxValue)
        select new LagsResult { Log10SpectralNorms = spectral, Log10FrobeniusNorms = frobenius, VanishingLag = vanishing, ExplodingLag = exploding };

    private static Gen<Numbers> List() =>
        from size in Gen.Choose(0, 5)
        from numbers in Gen.ArrayOf(Number(), size)
        select new Numbers([.. numbers]);

    private static Gen<double> Number() => Gen.OneOf(
        Gen.Elements(Edges),
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        select BitConverter.Int64BitsToDouble(((long)high << 32) | (uint)low));
}
