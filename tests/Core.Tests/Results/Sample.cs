using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Tests.Results;

/// <summary>Random readings of every kind, for property tests.</summary>
internal static class Sample
{
    private static readonly double[] s_edges =
    [
        0, -0.0, double.NaN, double.NegativeInfinity, double.PositiveInfinity, double.Epsilon, double.MaxValue, double.MinValue,
        BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0001), 0.1, -1e-300,
    ];

    /// <summary>A double with random bits.</summary>
    public static Gen<double> Number { get; } = Gen.OneOf(
        Gen.Elements(s_edges),
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        select BitConverter.Int64BitsToDouble(((long)high << 32) | (uint)low));

    private static readonly Gen<Numbers> s_list =
        from size in Gen.Choose(0, 5)
        from numbers in Gen.ArrayOf(Number, size)
        select new Numbers([.. numbers]);

    public static Gen<CellKey> Key { get; } = Gen.Choose(0, int.MaxValue).Select(seed => CellKey.Of(new CellSpec { Seed = (ulong)seed }));

    /// <summary>A reading with independent columns, status and lists.</summary>
    public static Gen<Reading> Reading { get; } =
        from replicate in Gen.OneOf(Gen.Choose(0, 5), Gen.Choose(0, int.MaxValue))
        from status in Gen.Elements(Enum.GetValues<ReplicateStatus>())
        from step in Gen.OneOf(Gen.Constant((int?)null), Gen.Choose(-100, 100).Select(i => (int?)i), Gen.Elements<int?>(-int.MaxValue, int.MaxValue))
        from spectrum in Gen.OneOf(Gen.Constant((SpectrumResult?)null), s_list.Zip(s_list).Select(lists => (SpectrumResult?)Spectrum(lists.Item1, lists.Item2)))
        from lags in Gen.OneOf(Gen.Constant((LagsResult?)null), s_list.Zip(s_list).Select(lists => (LagsResult?)Lags(lists.Item1, lists.Item2)))
        from leading in Gen.OneOf(
            Gen.Constant((LeadingResult?)null),
            from exponents in s_list
            from sems in s_list
            from history in s_list
            select (LeadingResult?)new LeadingResult { Exponents = exponents, WithinSems = sems, History = history })
        from gradient in Gen.OneOf(
            Gen.Constant((GradientLagsResult?)null),
            s_list.Zip(s_list).Select(lists => (GradientLagsResult?)new GradientLagsResult { Log10Terms = lists.Item1, Log10PartialSums = lists.Item2 }))
        from values in Gen.CollectToArray(ReadingColumns.All, Value)
        select Filled(new Reading { Replicate = replicate, Status = status, StatusStep = step, Spectrum = spectrum, Lags = lags, Leading = leading, GradientLags = gradient }, values);

    /// <summary>The values that a column of a kind may have.</summary>
    public static Gen<double> Value(ReadingColumn column) => column.Kind switch
    {
        ColumnKind.Real => Number,
        ColumnKind.Whole => Gen.OneOf(Gen.Constant(double.NaN), Gen.Elements<double>(1, 7, int.MinValue, int.MaxValue)),
        _ => Gen.Elements(double.NaN, 0, 1),
    };

    private static SpectrumResult Spectrum(Numbers values, Numbers frame) => new() { Log10SingularValues = values, FrameExponents = frame };

    private static LagsResult Lags(Numbers spectral, Numbers frobenius) => new() { Log10SpectralNorms = spectral, Log10FrobeniusNorms = frobenius };

    private static Reading Filled(Reading reading, double[] values)
    {
        foreach ((ReadingColumn column, double value) in ReadingColumns.All.Zip(values))
        {
            column.Fill(reading, value);
        }

        return reading;
    }
}
