using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Tests.Results;

public sealed class StoredReadingTests
{
    private static readonly CellKey s_key = CellKey.Of(new CellSpec());

    private static readonly Reading s_full = new()
    {
        Replicate = 3,
        Log10SpectralNorm = -1.5,
        Log10GradientNorm = double.NegativeInfinity,
        Converged = false,
        VanishingLag = 5,
        Status = ReplicateStatus.StateOverflow,
        StatusStep = 0,
        Spectrum = new SpectrumResult { Log10SingularValues = new([2, double.NaN]), FrameExponents = new([0.5]) },
        Lags = new LagsResult { Log10SpectralNorms = new([1]), Log10FrobeniusNorms = new([-0.0]) },
        GradientLags = new GradientLagsResult { Log10Terms = new([3]), Log10PartialSums = new([4, double.NegativeInfinity]) },
        Leading = new LeadingResult { Exponents = new([0.25]), WithinSems = new([0.5]), History = new([1, double.NegativeInfinity]) },
    };

    [Fact]
    public void A_reading_is_read_as_it_was_written() => Prop.ForAll(Sample.Reading.Zip(Sample.Key).ToArbitrary(), pair =>
    {
        (Reading reading, CellKey key) = pair;
        return StoredReading.Read(key, new Row(key, reading)) == reading;
    }).QuickCheckThrowOnFailure();

    // Lists of numbers are stored as bytes.
    [Fact]
    public void Lists_are_read_bit_for_bit() => Prop.ForAll(Sample.Reading.ToArbitrary(), reading =>
    {
        Reading read = StoredReading.Read(s_key, new Row(s_key, reading));
        return Enumerable.Range(0, StoredReading.ListColumns.Length).All(list =>
            (StoredReading.List(reading, list) ?? [1]).SequenceEqual(StoredReading.List(read, list) ?? [1]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_changed_number_is_found() => Prop.ForAll(
        (from reading in Sample.Reading
         from column in Gen.Choose(0, ReadingColumns.All.Length - 1)
         from number in Gen.OneOf(Sample.Number, Sample.Value(ReadingColumns.All[column]))
         select (reading, column, number)).ToArbitrary(),
        change =>
        {
            var row = new Row(s_key, change.reading);
            double before = row.Numbers[change.column];
            row.Numbers[change.column] = change.number;
            return before.Equals(change.number) || before == change.number || IsDamaged(s_key, row);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_number_that_its_column_cannot_hold_is_found()
    {
        int lag = Column("vanishing_lag"), truth = Column("converged");
        foreach ((int column, double number) in new[] { (lag, 5.5), (lag, 1e300), (lag, double.PositiveInfinity), (truth, 2), (truth, -0.5) })
        {
            // Even if the checksum is that of the number rounded to what the column can hold.
            var row = new Row(s_key, s_full with { VanishingLag = number is > int.MaxValue ? int.MaxValue : 5, Converged = true });
            row.Numbers[column] = number;
            Assert.True(IsDamaged(s_key, row), $"{ReadingColumns.All[column].Name} = {number}");
        }
    }

    [Fact]
    public void Any_flipped_bit_cut_or_tail_of_a_list_is_found()
    {
        for (int list = 0; list < StoredReading.ListColumns.Length; list++)
        {
            byte[] stored = StoredReading.List(s_full, list)!;
            IEnumerable<byte[]?> damaged =
            [
                null, [], stored[..^1], stored[..^8], [.. stored, 0], [.. stored, .. new byte[8]],
                .. Enumerable.Range(0, 8 * stored.Length).Select(bit => Flipped(stored, bit)),
            ];
            foreach (byte[]? bytes in damaged)
            {
                var row = new Row(s_key, s_full);
                row.Lists[list] = bytes;
                Assert.True(IsDamaged(s_key, row), StoredReading.ListColumns[list]);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void An_added_list_is_found(int list)
    {
        var row = new Row(s_key, s_full with { Spectrum = null, Lags = null, Leading = null, GradientLags = null });
        Assert.All(row.Lists, Assert.Null);
        row.Lists[list] = [];
        Assert.True(IsDamaged(s_key, row));
    }

    [Fact]
    public void Another_replicate_status_step_checksum_or_key_is_found()
    {
        Assert.False(IsDamaged(s_key, new Row(s_key, s_full)));
        Assert.True(IsDamaged(s_key, new Row(s_key, s_full) { Replicate = 4 }));
        foreach (string status in CanonicalText.All<ReplicateStatus>().Where(text => text != "state-overflow"))
        {
            Assert.True(IsDamaged(s_key, new Row(s_key, s_full) { Status = status }), status);
        }

        foreach (int? step in new int?[] { null, 1, -1 })
        {
            Assert.True(IsDamaged(s_key, new Row(s_key, s_full) { StatusStep = step }), $"step {step}");
        }

        for (int bit = 0; bit < 64; bit++)
        {
            Assert.True(IsDamaged(s_key, new Row(s_key, s_full) { Checksum = StoredReading.Checksum(s_key, s_full) ^ (1L << bit) }));
        }

        Assert.True(IsDamaged(CellKey.Of(new CellSpec { Seed = 2 }), new Row(s_key, s_full)));
    }

    [Theory]
    [InlineData("frozen")]
    [InlineData("Ok")]
    [InlineData("")]
    [InlineData(null)]
    public void An_unknown_status_is_refused_with_its_name(string? status)
    {
        var error = Assert.Throws<StoreDamagedException>(() => StoredReading.Read(s_key, new Row(s_key, s_full) { Status = status }));
        Assert.Contains($"'{status}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_bits_of_a_nan_and_the_sign_of_a_zero_do_not_matter()
    {
        foreach ((double stored, double read) in new[] { (double.NaN, BitConverter.Int64BitsToDouble(0x7FF8_0000_0000_0001)), (0.0, -0.0), (-0.0, 0.0), (double.NaN, -double.NaN) })
        {
            Reading reading = s_full with { Omega = stored };
            var row = new Row(s_key, reading);
            row.Numbers[Column("omega")] = read;
            Assert.Equal(reading, StoredReading.Read(s_key, row));
            Assert.Equal(StoredReading.Checksum(s_key, reading), StoredReading.Checksum(s_key, s_full with { Omega = read }));
        }
    }

    [Fact]
    public void An_outcome_is_not_stored() =>
        Assert.Equal(StoredReading.Checksum(s_key, s_full), StoredReading.Checksum(s_key, s_full with { Outcome = RnnSweep.Core.Experiments.Outcome.Stable }));

    [Fact]
    public void Lists_longer_than_the_buffer_have_a_checksum()
    {
        Reading reading = s_full with { Lags = new LagsResult { Log10SpectralNorms = new([.. Enumerable.Range(0, 5000).Select(i => i / 7.0)]) } };
        Assert.Equal(reading, StoredReading.Read(s_key, new Row(s_key, reading)));
        var row = new Row(s_key, reading);
        row.Lists[2]![^1] ^= 1;
        Assert.True(IsDamaged(s_key, row));
    }

    private static int Column(string name) => ReadingColumns.All.Select(column => column.Name).ToList().IndexOf(name);

    private static byte[] Flipped(byte[] bytes, int bit)
    {
        byte[] flipped = [.. bytes];
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    // A damaged row is refused, and the message names its cell and replicate.
    private static bool IsDamaged(CellKey key, Row row)
    {
        try
        {
            StoredReading.Read(key, row);
            return false;
        }
        catch (StoreDamagedException error)
        {
            Assert.Contains($"cell {key}, replicate {row.Replicate}", error.Message, StringComparison.Ordinal);
            return true;
        }
    }

    /// <summary>A row like one of a store.</summary>
    private sealed class Row(CellKey key, Reading reading) : IReadingRow
    {
        public int Replicate { get; init; } = reading.Replicate;

        public string? Status { get; init; } = CanonicalText.Of(reading.Status);

        public int? StatusStep { get; init; } = reading.StatusStep;

        public long Checksum { get; init; } = StoredReading.Checksum(key, reading);

        public double[] Numbers { get; } = [.. ReadingColumns.All.Select(column => column.Value(reading))];

        public byte[]?[] Lists { get; } = [.. Enumerable.Range(0, StoredReading.ListColumns.Length).Select(list => StoredReading.List(reading, list))];

        public double Number(int column) => Numbers[column];

        public byte[]? List(int list) => Lists[list];
    }
}
