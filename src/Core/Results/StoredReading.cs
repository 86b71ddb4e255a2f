using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>A row of a store. Missing values are null. Numbers are indexed as in <see cref="ReadingColumns.All"/>.</summary>
public interface IReadingRow
{
    /// <summary>Index of the replicate.</summary>
    int Replicate { get; }

    /// <summary>The text of the status.</summary>
    string? Status { get; }

    /// <summary>The step of the status.</summary>
    int? StatusStep { get; }

    /// <summary>The checksum.</summary>
    long Checksum { get; }

    /// <summary>The number of a column; NaN where it is not known.</summary>
    double Number(int column);

    /// <summary>One of <see cref="StoredReading.ListColumns"/> as little-endian doubles; null where the row has none.</summary>
    byte[]? List(int list);
}

/// <summary>
/// A reading as a row of a store: a column for each of <see cref="ReadingColumns"/>, the status, lists of numbers as bytes, and a checksum over the
/// cell's key and those of these that are known. The checksum detects a damaged row and a row under a wrong key.
/// </summary>
/// <remarks>A number enters the checksum with its column's name, and one that is not known does not, so that a later version may have more columns.</remarks>
public static class StoredReading
{
    private const int MostOnStack = 4096;

    /// <summary>
    /// Columns that hold lists of little-endian doubles: two of the spectrum, two over the lags, three of the leading exponents, then two of gradients with respect to parameters over the lags.
    /// </summary>
    public static ImmutableArray<string> ListColumns { get; } =
    [
        "log10_singular_values", "frame_exponents", "lags_log10_spectral_norm", "lags_log10_frobenius_norm", "leading_exponents", "leading_within_sems", "leading_history",
        "gradient_log10_terms", "gradient_log10_partial_sums",
    ];

    private static readonly int[] s_numberTags = [.. ReadingColumns.All.Select(column => Tag(column.Name))];

    private static readonly int[] s_listTags = [.. ListColumns.Select(Tag)];

    /// <summary>The statistic that a list belongs to.</summary>
    public static ColumnGroup GroupOf(int list) => list switch
    {
        < 2 => ColumnGroup.Spectrum,
        < 4 => ColumnGroup.Lags,
        < 7 => ColumnGroup.Leading,
        _ => ColumnGroup.Gradient,
    };

    /// <summary>A list of a reading, as bytes; null where the reading has none.</summary>
    public static byte[]? List(Reading reading, int list) => Numbers(reading, list) is { } numbers ? MemoryMarshal.AsBytes(numbers.Values).ToArray() : null;

    /// <summary>The checksum of a reading under a key: 64-bit XXH3, which detects accidental damage but not deliberate changes.</summary>
    public static long Checksum(CellKey key, Reading reading)
    {
        Span<double> numbers = stackalloc double[ReadingColumns.All.Length];
        Values(reading, numbers);
        return Checksum(key, reading, numbers);
    }

    /// <summary>The checksum of a reading whose numbers were already read.</summary>
    /// <param name="key">The cell's key.</param>
    /// <param name="reading">The reading.</param>
    /// <param name="values">Its numbers, from <see cref="Values"/>.</param>
    public static long Checksum(CellKey key, Reading reading, ReadOnlySpan<double> values)
    {
        int length = CellKey.Size + (3 * sizeof(int)) + (values.Length * (sizeof(int) + sizeof(double))) + (ListColumns.Length * 2 * sizeof(int));
        bool hasLists = reading.Spectrum is not null || reading.Lags is not null || reading.Leading is not null || reading.GradientLags is not null;
        for (int list = 0; hasLists && list < ListColumns.Length; list++)
        {
            length += sizeof(double) * (Numbers(reading, list)?.Count ?? 0);
        }

        Span<byte> all = length <= MostOnStack ? stackalloc byte[length] : new byte[length];
        key.CopyTo(all);
        Span<byte> rest = all[CellKey.Size..];
        BinaryPrimitives.WriteInt32LittleEndian(rest, reading.Replicate);
        BinaryPrimitives.WriteInt32LittleEndian(rest[4..], (int)reading.Status);
        BinaryPrimitives.WriteInt32LittleEndian(rest[8..], reading.StatusStep ?? int.MinValue);
        rest = rest[12..];
        for (int column = 0; column < values.Length; column++)
        {
            if (!double.IsNaN(values[column]))
            {
                BinaryPrimitives.WriteInt32LittleEndian(rest, s_numberTags[column]);
                BinaryPrimitives.WriteDoubleLittleEndian(rest[sizeof(int)..], values[column] == 0 ? 0 : values[column]); // stores do not preserve the sign of a zero
                rest = rest[(sizeof(int) + sizeof(double))..];
            }
        }

        for (int list = 0; hasLists && list < ListColumns.Length; list++)
        {
            if (Numbers(reading, list) is { } there)
            {
                BinaryPrimitives.WriteInt32LittleEndian(rest, s_listTags[list]);
                BinaryPrimitives.WriteInt32LittleEndian(rest[sizeof(int)..], there.Count);
                MemoryMarshal.AsBytes(there.Values).CopyTo(rest[(2 * sizeof(int))..]);
                rest = rest[((2 * sizeof(int)) + (there.Count * sizeof(double)))..];
            }
        }

        return unchecked((long)XxHash3.HashToUInt64(all[..^rest.Length]));
    }

    /// <summary>Writes the numbers of a reading in the order of <see cref="ReadingColumns.All"/>; NaN where one is not known.</summary>
    public static void Values(Reading reading, Span<double> values)
    {
        for (int column = 0; column < ReadingColumns.All.Length; column++)
        {
            values[column] = ReadingColumns.All[column].Value(reading);
        }
    }

    /// <summary>Creates the reading of a row.</summary>
    /// <param name="key">The key of its cell.</param>
    /// <param name="row">The row.</param>
    /// <param name="threshold">The cell's threshold, for the outcome; NaN for a reading without one.</param>
    /// <exception cref="StoreDamagedException">The row has an unknown status or does not match its checksum.</exception>
    public static Reading Read<TRow>(CellKey key, TRow row, double threshold = double.NaN)
        where TRow : IReadingRow
    {
        if (row.Status is not { } text || !CanonicalText.TryRead(text, out ReplicateStatus status))
        {
            throw Damaged(key, row.Replicate, $"has the status '{row.Status}', which this version does not know");
        }

        Span<double> values = stackalloc double[ReadingColumns.All.Length];
        for (int column = 0; column < values.Length; column++)
        {
            values[column] = row.Number(column);
        }

        bool isIntact = true;
        var reading = new Reading
        {
            Replicate = row.Replicate,
            Status = status,
            StatusStep = row.StatusStep,
            Spectrum = List(0) is { } singular ? new SpectrumResult { Log10SingularValues = singular, FrameExponents = List(1) ?? default } : null,
            Lags = List(2) is { } norms ? new LagsResult { Log10SpectralNorms = norms, Log10FrobeniusNorms = List(3) ?? default } : null,
            Leading = List(4) is { } leading ? new LeadingResult { Exponents = leading, WithinSems = List(5) ?? default, History = List(6) ?? default } : null,
            GradientLags = List(7) is { } terms ? new GradientLagsResult { Log10Terms = terms, Log10PartialSums = List(8) ?? default } : null,
            Outcome = double.IsNaN(threshold) ? Outcome.Missing : Outcomes.Of(values[ReadingColumns.Log10SpectralNorm.Index], threshold),
        };
        for (int column = 0; column < values.Length; column++)
        {
            if (!double.IsNaN(values[column]))
            {
                isIntact &= ReadingColumns.All[column].Fill(reading, values[column]);
            }
        }

        return isIntact && Checksum(key, reading, values) == row.Checksum ? reading : throw Damaged(key, row.Replicate, "does not match its checksum");

        Numbers? List(int list)
        {
            byte[]? bytes = row.List(list);
            isIntact &= bytes is null || bytes.Length % sizeof(double) == 0;
            return bytes is null ? null : Numbers(bytes);
        }
    }

    private static Numbers? Numbers(Reading reading, int list) => list switch
    {
        0 => reading.Spectrum?.Log10SingularValues,
        1 => reading.Spectrum?.FrameExponents,
        2 => reading.Lags?.Log10SpectralNorms,
        3 => reading.Lags?.Log10FrobeniusNorms,
        4 => reading.Leading?.Exponents,
        5 => reading.Leading?.WithinSems,
        6 => reading.Leading?.History,
        7 => reading.GradientLags?.Log10Terms,
        _ => reading.GradientLags?.Log10PartialSums,
    };

    private static Numbers Numbers(byte[] bytes) => new(ImmutableCollectionsMarshal.AsImmutableArray(MemoryMarshal.Cast<byte, double>(bytes).ToArray()));

    private static int Tag(string name) => unchecked((int)XxHash32.HashToUInt32(Encoding.ASCII.GetBytes(name)));

    private static StoreDamagedException Damaged(CellKey key, int replicate, string what) =>
        new($"the stored reading of cell {key}, replicate {replicate}, {what}");
}
