using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>
/// The status of a reading in the tables: that of its trajectory, or <see cref="ReplicateStatus.Unresolved"/> where the trajectory is ok and double precision does not
/// determine some number. It follows from the stored numbers, so that a reading has the same status whichever version stored it.
/// </summary>
public sealed class ReadingStatus
{
    // By what is measured: a sweep may have a million cells, and the statistics alone determine which numbers are defined.
    private static readonly ReadingStatus?[] s_byStatistics = new ReadingStatus?[16];

    // The columns of the norms that leading exponents give, too.
    private static readonly string[] s_ofLeadingAlone =
    [
        nameof(Reading.LyapunovMax), nameof(Reading.LyapunovMaxSlope), nameof(Reading.LyapunovMaxWithinSem), nameof(Reading.Converged), nameof(Reading.MeanSlope), nameof(Reading.MeanLogSlope),
    ];

    private readonly ImmutableArray<ReadingColumn> _defined;

    private ReadingStatus(CellSpec spec) => _defined = [.. ReadingColumns.Of(spec).Where(column => UndefinedWhere(column, spec) is null)];

    /// <summary>The status of readings that measure what a cell measures.</summary>
    public static ReadingStatus For(CellSpec spec)
    {
        int statistics = (spec.MeasuresNorms ? 1 : 0) + (spec.MeasuresSpectrum ? 2 : 0) + (spec.MeasuresLags ? 4 : 0) + (spec.MeasuresLeading ? 8 : 0);
        return s_byStatistics[statistics] ??= new ReadingStatus(spec);
    }

    /// <summary>The status of a reading.</summary>
    public ReplicateStatus Of(Reading reading) =>
        reading.Status == ReplicateStatus.Ok && (HasUnknown(reading) || HasUnknownInLists(reading)) ? ReplicateStatus.Unresolved : reading.Status;

    /// <summary>Where a number is undefined in a reading with the status ok; null where it is always defined.</summary>
    public static string? UndefinedWhere(ReadingColumn column, CellSpec spec) => column.Group switch
    {
        ColumnGroup.Norms when !spec.MeasuresNorms && !s_ofLeadingAlone.Contains(column.Property) => "where leading exponents alone are measured",
        ColumnGroup.Exponents when !spec.MeasuresSpectrum => "where the leading exponents do not determine it",
        _ => column.UndefinedWhere,
    };

    private bool HasUnknown(Reading reading)
    {
        foreach (ReadingColumn column in _defined)
        {
            if (double.IsNaN(column.Value(reading)))
            {
                return true;
            }
        }

        return false;
    }

    // Standard errors within the trajectory are undefined for short sequences, so they do not count.
    private static bool HasUnknownInLists(Reading reading) =>
        (reading.Spectrum is { } spectrum && (HasNaN(spectrum.Log10SingularValues) || HasNaN(spectrum.FrameExponents)))
        || (reading.Lags is { } lags && (HasNaN(lags.Log10SpectralNorms) || HasNaN(lags.Log10FrobeniusNorms)))
        || (reading.Leading is { } leading && (HasNaN(leading.Exponents) || HasNaN(leading.History)));

    private static bool HasNaN(Numbers numbers)
    {
        foreach (double number in numbers.Values)
        {
            if (double.IsNaN(number))
            {
                return true;
            }
        }

        return false;
    }
}
