using System.Collections.Immutable;
using System.Globalization;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>
/// Proves that what a run left fits together: every cell of the plan is done, failed or missing; every stored result can be read and
/// belongs to the plan; the tables are what the store says; and cells computed again give the same bits.
/// </summary>
internal sealed class Books(RunFolder folder, ICellTable table, SqliteResultStore store, SummaryTable summary)
{
    /// <summary>Checks all of it.</summary>
    /// <param name="sample">How many cells to compute again.</param>
    /// <param name="random">Chooses them.</param>
    /// <param name="compute">Computes a cell.</param>
    /// <param name="shared">Whether the store serves other sweeps, too, so that it may hold keys of other plans.</param>
    /// <param name="mayBeOlder">Whether a run did not come to its end, so that tables may have been written before it; so they may where cells are missing.</param>
    /// <param name="cancellation">Stops between two cells.</param>
    public BooksReport Check(
        int sample, Random random, Func<CellSpec, CellResult> compute, bool shared = false, bool mayBeOlder = false, CancellationToken cancellation = default)
    {
        var walk = new Walk(sample, random);
        for (long i = 0; i < table.CellCount; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            walk.Visit(i, table.Cell(i), store);
        }

        List<string> older = [];
        return new BooksReport(
            table.CellCount,
            walk.Done,
            walk.Failed,
            table.CellCount - walk.Done - walk.Failed - walk.Damaged,
            walk.Damaged,
            walk.Chosen.Count,
            [
                .. Guarded(store.IntegrityErrors, "the store's file is damaged: "),
                .. walk.Findings.Lines(),
                .. Guarded(() => Strangers(walk.Keys, shared, cancellation)),
                .. Guarded(() => Tables(walk, mayBeOlder, older, cancellation)),
                .. walk.Chosen.Order().SelectMany(i => Recomputed(i, compute, cancellation)),
            ])
        {
            OlderTables = older,
        };
    }

    /// <summary>Runs a check; that a store is too damaged for it is a finding like others.</summary>
    private static IEnumerable<string> Guarded(Func<IEnumerable<string>> check, string prefix = "")
    {
        try
        {
            return [.. check().Select(finding => prefix + finding)];
        }
        catch (StoreDamagedException error)
        {
            return [error.Message];
        }
    }

    private IEnumerable<string> Strangers(HashSet<CellKey> planned, bool shared, CancellationToken cancellation)
    {
        var findings = new Findings();
        long known = 0;
        foreach (CellKey key in store.Keys())
        {
            cancellation.ThrowIfCancellationRequested();
            if (planned.Contains(key))
            {
                known++;
            }
            else if (!shared)
            {
                findings.Add($"the stored result of cell {key} belongs to no cell of the plan");
            }
        }

        if (known != planned.Count)
        {
            findings.Add(string.Create(CultureInfo.InvariantCulture, $"{planned.Count} results are found by their keys, but {known} of them are listed"));
        }

        return findings.Lines();
    }

    private string[] Tables(Walk walk, bool mayBeOlder, List<string> older, CancellationToken cancellation)
    {
        // A run that was stopped has not written its tables yet; one that is complete has.
        bool complete = walk.Done + walk.Failed == table.CellCount;
        CsvDifference[] differences = [.. new CsvExport(folder, table, store, summary).Differences(cancellation)
            .Where(difference => complete || difference.Line is not null)];
        bool isOlder(CsvDifference difference) => difference.IsOlder && (mayBeOlder || !complete);
        older.AddRange(differences.Where(isOlder).Select(difference => difference.File));
        return [.. differences.Where(difference => !isOlder(difference)).Select(difference => difference.ToString())];
    }

    private IEnumerable<string> Recomputed(long index, Func<CellSpec, CellResult> compute, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        CellSpec spec = table.Cell(index);
        CellResult stored = store.Find(CellKey.Of(spec))!;
        CellResult again = compute(spec);
        return CellResultCodec.Encode(stored).AsSpan().SequenceEqual(CellResultCodec.Encode(again))
            ? []
            : [$"cell {stored.Key}{Coordinates(index)}, computed again, {Difference(spec, stored, again)}"];
    }

    private string Coordinates(long index) =>
        table.Coordinates.Count == 0 ? "" : $" ({string.Join(", ", table.Coordinates.Select((name, axis) => $"{name} {table.Coordinate(index, axis)}"))})";

    private static string Difference(CellSpec spec, CellResult stored, CellResult again)
    {
        ImmutableArray<TableColumn<ReplicateResult>> columns = ReplicateTable.Columns(spec);
        if (stored.Replicates.Length != again.Replicates.Length)
        {
            return string.Create(CultureInfo.InvariantCulture, $"has {again.Replicates.Length} replicates, but {stored.Replicates.Length} are stored");
        }

        for (int r = 0; r < stored.Replicates.Length; r++)
        {
            foreach (TableColumn<ReplicateResult> column in columns)
            {
                (string was, string now) = (column.Text(stored.Replicates[r]), column.Text(again.Replicates[r]));
                if (was != now)
                {
                    return string.Create(CultureInfo.InvariantCulture, $"gives {column.Name} '{now}' in replicate {r}, but '{was}' is stored");
                }
            }

            if (stored.Replicates[r].Spectrum != again.Replicates[r].Spectrum || stored.Replicates[r].Lags != again.Replicates[r].Lags)
            {
                return string.Create(CultureInfo.InvariantCulture, $"gives another spectrum or other lags in replicate {r} than are stored");
            }
        }

        return "differs in the sign of a zero or the bits of a missing number";
    }

    /// <summary>What one walk over the plan gathers: counts, the keys that are stored, and a fair sample of the cells that are done.</summary>
    private sealed class Walk(int sample, Random random)
    {
        public long Done { get; private set; }

        public long Failed { get; private set; }

        public long Damaged { get; private set; }

        public HashSet<CellKey> Keys { get; } = [];

        public List<long> Chosen { get; } = [];

        public Findings Findings { get; } = new();

        public void Visit(long index, CellSpec spec, SqliteResultStore store)
        {
            CellKey key = CellKey.Of(spec);
            try
            {
                if (store.Find(key) is { } result)
                {
                    Keys.Add(key);
                    Count(index, spec, result);
                }
                else if (store.FindFailure(key) is not null)
                {
                    Failed++;
                }
            }
            catch (StoreDamagedException error)
            {
                Keys.Add(key);
                Damaged++;
                Findings.Add(error.Message);
            }
        }

        private void Count(long index, CellSpec spec, CellResult result)
        {
            Done++;
            if (result.Replicates.Length != spec.Replicates)
            {
                Findings.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the stored result of cell {result.Key} has {result.Replicates.Length} replicates, but the sweep asks for {spec.Replicates}"));
            }

            // Reservoir sampling: every cell that is done is chosen with the same probability, without a list of them.
            if (Chosen.Count < sample)
            {
                Chosen.Add(index);
            }
            else if (random.NextInt64(Done) is var place && place < sample)
            {
                Chosen[(int)place] = index;
            }
        }
    }
}
