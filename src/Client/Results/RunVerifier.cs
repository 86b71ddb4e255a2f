using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Results;

/// <summary>
/// Verifies the files of a run: every cell of the plan is done, failed or missing; every stored reading can be read and belongs to the plan; the tables equal
/// what would be written now; and readings computed again give the same bits.
/// </summary>
internal sealed class RunVerifier(RunFolder folder, ICellTable table, SqliteResultStore store, SummaryTable summary)
{
    /// <summary>The tables of a search along an axis; null where the sweep has none.</summary>
    public CriticalExport? Critical { get; init; }

    /// <summary>The cells with the coordinates that the tables on the disk have; null where these are the axes.</summary>
    public ICellTable? Written { get; init; }

    /// <summary>Runs all checks.</summary>
    /// <param name="sample">Number of readings to compute again.</param>
    /// <param name="random">Chooses the readings.</param>
    /// <param name="compute">Computes the reading of a cell's replicate.</param>
    /// <param name="shared">Whether the store serves other sweeps, too, so that it may hold keys of other plans.</param>
    /// <param name="mayBeOlder">Whether the last run did not finish, so that tables may be older than the store.</param>
    /// <param name="cancellation">Stops between two cells.</param>
    public VerifierReport Check(
        int sample, Random random, Func<CellSpec, int, Reading> compute, bool shared = false, bool mayBeOlder = false, CancellationToken cancellation = default)
    {
        var walk = new Walk(sample, random);
        for (long i = 0; i < table.CellCount; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            walk.Visit(i, table.Planned(i), store);
        }

        List<string> older = [];
        return new VerifierReport(
            table.CellCount,
            walk.Done,
            walk.Failed,
            table.CellCount - walk.Done - walk.Failed - walk.Damaged,
            walk.Damaged,
            walk.Chosen.Count,
            [
                .. Guarded(store.IntegrityErrors, "the store's file is damaged: "),
                .. walk.Findings.Lines(),
                .. Guarded(() => KeysOutsidePlan(walk, shared, cancellation)),
                .. Guarded(() => Tables(walk, mayBeOlder, older, cancellation)),
                .. walk.Chosen.Order().SelectMany(chosen => Recomputed(chosen.Cell, chosen.Replicate, compute, cancellation)),
            ])
        {
            OlderTables = older,
        };
    }

    /// <summary>Runs a check; the error of a damaged store becomes a finding.</summary>
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

    private IEnumerable<string> KeysOutsidePlan(Walk walk, bool shared, CancellationToken cancellation)
    {
        var findings = new Findings();
        long known = 0;
        foreach ((CellKey key, _) in store.Replicates())
        {
            cancellation.ThrowIfCancellationRequested();
            known += walk.Stored.Contains(key) ? 1 : 0;
            if (!shared && !walk.Planned.Contains(key))
            {
                findings.Add($"the stored readings of cell {key} belong to no cell of the plan");
            }
        }

        if (known != walk.Stored.Count)
        {
            findings.Add($"readings of {walk.Stored.Count} cells are found by their keys, but {known} of them are listed");
        }

        return findings.Lines();
    }

    private string[] Tables(Walk walk, bool mayBeOlder, List<string> older, CancellationToken cancellation)
    {
        // An interrupted run may have written no tables.
        bool complete = walk.Done + walk.Failed == table.CellCount;
        CsvDifference[] differences = [.. new CsvExport(folder, Written ?? table, store, summary).Differences(cancellation)
            .Concat(Critical?.Differences() ?? [])
            .Where(difference => complete || difference.Line is not null)];
        bool isOlder(CsvDifference difference) => difference.IsOlder && (mayBeOlder || !complete);
        older.AddRange(differences.Where(isOlder).Select(difference => difference.File));
        return [.. differences.Where(difference => !isOlder(difference)).Select(difference => difference.ToString())];
    }

    private IEnumerable<string> Recomputed(long index, int replicate, Func<CellSpec, int, Reading> compute, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        PlannedReading cell = table.Planned(index);
        (CellSpec spec, CellKey key) = cell;
        Reading stored = store.Find([cell])[0]!.Replicates.First(reading => reading.Replicate == replicate);
        Reading again = compute(spec, replicate);
        return StoredReading.Checksum(key, stored) == StoredReading.Checksum(key, again)
            ? []
            : [$"cell {key}{CellCoordinates.InBrackets(table, index)}, replicate {replicate}, computed again, {Difference(spec, stored, again)}"];
    }

    private static string Difference(CellSpec spec, Reading stored, Reading again)
    {
        foreach (TableColumn<Reading> column in ReplicateTable.Columns(spec).Where(column => column.Name != "outcome"))
        {
            (string was, string now) = (column.Text(stored), column.Text(again));
            if (was != now)
            {
                return $"gives {column.Name} '{now}', but '{was}' is stored";
            }
        }

        return "gives another spectrum or other lags than are stored";
    }

    /// <summary>The results of one pass over the plan: counts, the keys that are stored, and a uniform sample of the readings.</summary>
    private sealed class Walk(int sample, Random random)
    {
        private long _readings;

        public long Done { get; private set; }

        public long Failed { get; private set; }

        public long Damaged { get; private set; }

        /// <summary>Keys of all cells of the plan, also of those for which only replicates beyond the plan's number are stored.</summary>
        public HashSet<CellKey> Planned { get; } = [];

        /// <summary>Keys of the cells with at least one of the plan's replicates stored.</summary>
        public HashSet<CellKey> Stored { get; } = [];

        public List<(long Cell, int Replicate)> Chosen { get; } = [];

        public Findings Findings { get; } = new();

        public void Visit(long index, PlannedReading cell, SqliteResultStore store)
        {
            (CellSpec spec, CellKey key) = cell;
            Planned.Add(key);
            try
            {
                CellResult? result = store.Find([cell])[0];
                if (result is not null)
                {
                    Stored.Add(key);
                    Choose(index, result);
                }

                bool isDone = result is { IsComplete: true };
                Done += isDone ? 1 : 0;
                Failed += !isDone && store.FindFailures(key).Any(failure => failure.Replicate < spec.Replicates) ? 1 : 0;
            }
            catch (StoreDamagedException error)
            {
                Stored.Add(key);
                Damaged++;
                Findings.Add(error.Message);
            }
        }

        // Reservoir sampling: every reading is chosen with the same probability, without a list of them.
        private void Choose(long index, CellResult result)
        {
            foreach (Reading reading in result.Replicates)
            {
                _readings++;
                if (Chosen.Count < sample)
                {
                    Chosen.Add((index, reading.Replicate));
                }
                else if (random.NextInt64(_readings) is var place && place < sample)
                {
                    Chosen[(int)place] = (index, reading.Replicate);
                }
            }
        }
    }
}
