using System.Globalization;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Client.Tests.Results;

/// <summary>A small plan, radius times length, with results whose numbers are functions of cell and replicate.</summary>
internal sealed class Grid(int radii, int lengths, int replicates = 3, CellSpec? measured = null) : ICellTable
{
    public static readonly SummaryTable Summary = new(spec => CellTheory.Unknown with { LyapunovMax = Math.Log(spec.SpectralRadius) });

    public IReadOnlyList<string> Coordinates { get; } = ["spectral_radius", "sequence_length"];

    public long CellCount => (long)radii * lengths;

    public IEnumerable<CellResult> Results => Specs.Select(spec => Compute(spec));

    public IEnumerable<CellSpec> Specs => Enumerable.Range(0, (int)CellCount).Select(i => Cell(i));

    public static CellResult Compute(CellSpec spec) => CellResult.Of(spec, CellKey.Of(spec), Enumerable.Range(0, spec.Replicates).Select(r => Compute(spec, r)));

    public CellSpec Fixed { get; } = (measured ?? new CellSpec()) with { Replicates = replicates };

    public CellSpec Cell(long index) => Fixed with
    {
        SpectralRadius = (index / lengths + 1) / 8.0,
        SequenceLength = (int)(index % lengths) + 1,
    };

    public string Coordinate(long index, int axis) => axis == 0
        ? Cell(index).SpectralRadius.ToString(CultureInfo.InvariantCulture)
        : Cell(index).SequenceLength.ToString(CultureInfo.InvariantCulture);

    public ColumnType CoordinateType(int axis) => new(axis == 0 ? FieldContent.Real : FieldContent.Whole);

    /// <summary>Whether two results have the same numbers of the same cell.</summary>
    public static bool Same(CellResult expected, CellResult? actual) =>
        actual is not null && (expected.Spec, expected.Key) == (actual.Spec, actual.Key) && expected.Replicates.SequenceEqual(actual.Replicates);

    /// <summary>The reading of one replicate, without its outcome, which is not part of a reading.</summary>
    public static Reading Compute(CellSpec spec, int r)
    {
        double norm = spec.SequenceLength * Math.Log10(spec.SpectralRadius) + r / 16.0;
        return new Reading
        {
            Replicate = r,
            Log10SpectralNorm = norm,
            Log10FrobeniusNorm = norm + 0.5,
            Log10GradientNorm = r == 1 ? double.NegativeInfinity : norm - 0.5,
            LyapunovMax = norm * Math.Log(10) / spec.SequenceLength,
            EntropyRate = spec.MeasuresSpectrum && r != 1 ? r : double.NaN,
            VanishingLag = spec.MeasuresLags && r == 0 ? 1 : null,
            Spectrum = spec.MeasuresSpectrum && r != 1
                ? new SpectrumResult { Log10SingularValues = new([.. Enumerable.Range(0, spec.HiddenSize).Select(i => norm - i)]) }
                : null,
            Lags = spec.MeasuresLags && r != 1
                ? new LagsResult
                {
                    Log10SpectralNorms = new([.. LagGrid.Of(spec).Select(lag => lag / 2.0)]),
                    Log10FrobeniusNorms = new([.. LagGrid.Of(spec).Select(lag => lag * 2.0)]),
                }
                : null,
            Status = r == 1 ? ReplicateStatus.ZeroGradient : ReplicateStatus.Ok,
            StatusStep = r == 1 ? spec.SequenceLength : null,
        };
    }
}
