using RnnSweep.Client.Results;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Results;

/// <summary>
/// Changes the bytes of a small results.db: flipped bits, cuts, and pages of an earlier state, as a torn write leaves them. Each change must be reported by
/// verify, or leave the tables as they were. The variable RNNSWEEP_EVERY_BIT tests every bit and every length, which takes half an hour; otherwise a sample is tested.
/// </summary>
public sealed class ChangedBytesTests : IDisposable
{
    private const int SectorSize = 512;

    private static readonly bool s_isComplete = Environment.GetEnvironmentVariable("RNNSWEEP_EVERY_BIT") is { Length: > 0 };

    private readonly TemporaryFolder _temporary = new();
    private readonly Grid _grid = new(2, 2);
    private readonly RunFolder _folder;
    private readonly byte[] _before, _bytes;
    private readonly string _summary;
    private readonly HashSet<string> _rows;

    public ChangedBytesTests()
    {
        Directory.CreateDirectory(_temporary["run"]);
        _folder = new RunFolder(_temporary["run"]);
        string file = _folder[RunFolder.StoreFile];
        using (var store = SqliteResultStore.OpenOrCreate(file))
        {
            store.Add([.. _grid.Results.Take(2)], []);
        }

        _before = File.ReadAllBytes(file);
        using (var store = SqliteResultStore.OpenOrCreate(file))
        {
            store.Add([.. _grid.Results], []);
            new CsvExport(_folder, _grid, store, Grid.Summary).Write();
        }

        _bytes = File.ReadAllBytes(file);
        _summary = File.ReadAllText(_folder[RunFolder.SummaryFile]);
        _rows = [.. File.ReadAllLines(_folder[RunFolder.ReplicatesFile])];
    }

    [Fact]
    public void Any_flipped_bit_is_reported_or_harmless()
    {
        int bits = 8 * _bytes.Length;
        int found = 0, tried = 0;

        // 331 is prime, so the sample visits all positions within a byte and a page.
        for (int bit = 0; bit < bits; bit += s_isComplete ? 1 : 331)
        {
            byte[] changed = [.. _bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            found += IsReported(changed, $"bit {bit}") ? 1 : 0;
            tried++;
        }

        // Free pages and reserved fields of the file's header take most of the harmless ones. That some are found shows that the test changes what is read.
        Assert.InRange(found, 1, tried);
    }

    [Fact]
    public void Any_truncation_is_reported()
    {
        for (int length = 1; length < _bytes.Length; length += s_isComplete ? 1 : 251)
        {
            Assert.True(IsReported(_bytes[..length], $"length {length}"));
        }
    }

    [Fact]
    public void A_sector_of_an_earlier_state_is_reported_or_harmless()
    {
        for (int start = 0; start < _bytes.Length; start += SectorSize)
        {
            byte[] changed = [.. _bytes];
            Span<byte> sector = changed.AsSpan(start, SectorSize);
            if (start < _before.Length)
            {
                _before.AsSpan(start, SectorSize).CopyTo(sector);
            }
            else
            {
                sector.Clear();
            }

            _ = IsReported(changed, $"sector {start / SectorSize}");
        }
    }

    public void Dispose() => _temporary.Dispose();

    // Whether the store is refused or verify has findings; fails where neither is so and a table is another one. Whatever is found, no row may have a wrong number.
    private bool IsReported(byte[] bytes, string change)
    {
        string file = _folder[RunFolder.StoreFile];
        File.WriteAllBytes(file, bytes);
        File.Delete(file + "-wal");
        File.Delete(file + "-shm");
        File.Delete(file + "-journal");
        bool isReported;
        try
        {
            using var store = SqliteResultStore.OpenReadOnly(file);
            VerifierReport report = new RunVerifier(_folder, _grid, store, Grid.Summary).Check(0, new Random(1), Grid.Compute);
            isReported = report.Findings.Count > 0 || report.Done < _grid.CellCount;
        }
        catch (Exception error) when (error is StoreDamagedException or StoreUnreachableException)
        {
            return true;
        }

        var copy = new RunFolder(_temporary["export"]);
        Directory.CreateDirectory(copy.Path);
        try
        {
            using var store = SqliteResultStore.OpenReadOnly(file);
            new CsvExport(copy, _grid, store, Grid.Summary).Write();
        }
        catch (Exception error) when (error is StoreDamagedException or StoreUnreachableException)
        {
            Assert.True(isReported, $"{change}: verify finds nothing, but the export fails: {error.Message}");
            return true;
        }

        string[] rows = File.ReadAllLines(copy[RunFolder.ReplicatesFile]);
        Assert.True(rows.All(_rows.Contains), $"{change}: replicates.csv has a row that was never stored");
        bool isSame = rows.Length == _rows.Count && File.ReadAllText(copy[RunFolder.SummaryFile]) == _summary;
        Assert.True(isReported || isSame, $"{change}: verify finds nothing, but the tables are others");
        return isReported;
    }
}
