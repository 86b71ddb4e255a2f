using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Cluster.Tests.Results;

/// <summary>Tests that every implementation of a result store must pass.</summary>
public abstract class ResultStoreConformance
{
    private readonly CellResult[] _results = [.. Enumerable.Range(1, 40).Select(Result)];

    [SkippableFact]
    public async Task Added_readings_are_found_when_the_store_is_opened_again()
    {
        ReadingFailure failure = new(Cell(99).Key, 5, "a reason with 'quotes', ünïcode and 🎲");
        using (IResultStore store = await Open())
        {
            store.Add(_results, [failure]);
        }

        using IResultStore again = await Open();
        Assert.Equal(2 * _results.Length, again.Count());
        AssertHolds(again, _results);
        Assert.Equal(_results.Select(result => result.Key).Order(), again.Replicates().Select(cell => cell.Key));
        Assert.Equal([failure], again.Failures());
        Assert.Equal([failure], again.FindFailures(failure.Key));
        Assert.Null(again.Find(Cell(99).Spec));
        Assert.Empty(again.FindFailures(_results[0].Key));
    }

    [SkippableFact]
    public async Task An_empty_store_holds_nothing()
    {
        using IResultStore store = await Open();
        store.Add([], []);
        Assert.Equal(0, store.Count());
        Assert.Empty(store.Replicates());
        Assert.Empty(store.Failures());
        Assert.Empty(store.Replicates([Cell(1).Key, Cell(2).Key]));
        Assert.Equal([null, null], store.Find([Cell(1), Cell(2)]));
    }

    [SkippableFact]
    public async Task Every_number_list_and_status_is_read_back_unchanged()
    {
        CellSpec all = Cell(5).Spec with { MeasuresSpectrum = true, MeasuresLags = true, MeasuresLeading = true, MeasuresGradient = true, MeasuresActivity = true, Replicates = 4 };
        Reading full = new()
        {
            Replicate = 3,
            Log10SpectralNorm = -1.0 / 3,
            Log10AbsDeterminant = double.NegativeInfinity,
            LyapunovMax = double.Epsilon,
            WeightsSpectralNorm = double.MaxValue,
            Converged = false,
            Log10ConditionNumber = double.PositiveInfinity,
            VanishingLag = 1,
            Spectrum = new SpectrumResult { Log10SingularValues = new([1.5, double.NaN, double.NegativeInfinity]), FrameExponents = new([]) },
            GradientLags = new GradientLagsResult { Log10Terms = new([0.5, -3e5]), Log10PartialSums = new([0.5, double.NegativeInfinity]) },
            Lags = new LagsResult { Log10SpectralNorms = new([0.1, -2e300]), Log10FrobeniusNorms = new([0.2, 7]) },
            Lyapunov1 = 0.25,
            Leading = new LeadingResult { Exponents = new([0.25, double.NegativeInfinity]), WithinSems = new([1e-3, double.NaN]), History = new([1, 2, 0.5, double.NaN]) },
            Status = ReplicateStatus.StateOverflow,
            StatusStep = -7,
        };
        using IResultStore store = await Open();
        store.Add([new CellResult(all, CellKey.Of(all), [full])], []);
        Reading found = Assert.Single(store.Find(all)!.Replicates);
        Assert.Equal(full, found with { Outcome = Outcome.Missing });
    }

    [SkippableFact]
    public async Task A_cell_has_its_stored_replicates_with_outcomes_by_its_threshold()
    {
        using IResultStore store = await Open();
        PlannedReading cell = Cell(7);
        store.Add([new CellResult(cell.Spec, cell.Key, [Of(5, 0, -2), Of(5, 1, 0), Of(5, 4, 2)])], []);
        foreach ((int replicates, double threshold, string outcomes) in new[] { (1, 1.0, "Vanishing"), (4, 1.0, "Vanishing Stable"), (5, 1.0, "Vanishing Stable Exploding"), (9, 3.0, "Stable Stable Stable") })
        {
            CellResult found = store.Find(cell.Spec with { Replicates = replicates, Threshold = threshold })!;
            Assert.Equal(outcomes, string.Join(' ', found.Replicates.Select(reading => reading.Outcome)));
            Assert.Equal(replicates == 1, found.IsComplete);
        }

        ReplicateSet set = store.Replicates([cell.Key]).Single().Value;
        Assert.Equal([true, true, false, false, true, false], Enumerable.Range(0, 6).Select(set.Contains));
        Assert.Equal(3, set.CountIn(0, 9));
    }

    [SkippableFact]
    public async Task A_reading_that_is_stored_is_never_replaced()
    {
        using IResultStore store = await Open();
        store.Add([_results[0]], []);
        store.Add([_results[0] with { Replicates = [Of(1, 0, 77)] }, .. _results[1..], _results[1] with { Replicates = [] }], []);
        AssertHolds(store, _results);
        Assert.Equal(2 * _results.Length, store.Count());
    }

    [SkippableFact]
    public async Task A_reading_goes_before_a_failure_whichever_comes_first()
    {
        using IResultStore store = await Open();
        store.Add([], [Failure(0)]);
        store.Add([_results[0]], []);
        store.Add([_results[1]], []);
        store.Add([], [Failure(1)]);
        store.Add([_results[2]], [Failure(2), new ReadingFailure(_results[2].Key, 9, "another replicate")]);
        Assert.Equal("another replicate", Assert.Single(store.Failures()).Reason);
        Assert.Equal(6, store.Count());
    }

    [SkippableFact]
    public async Task A_failure_replaces_an_earlier_one_and_failures_come_by_their_keys()
    {
        using IResultStore store = await Open();
        store.Add([], [.. Enumerable.Range(0, 40).Select(i => Failure(i)), Failure(3, "second"), Failure(4, "second")]);
        store.Add([], [Failure(3, "third")]);
        Assert.Equal(_results.Select(result => result.Key).Order(), store.Failures().Select(failure => failure.Key));
        Assert.Equal(["first", "third", "second"], new[] { 2, 3, 4 }.Select(i => Assert.Single(store.FindFailures(_results[i].Key)).Reason));
    }

    [SkippableFact]
    public async Task Cells_are_listed_by_ascending_key_over_many_pages_and_a_subset_is_found()
    {
        CellResult[] results = [.. Enumerable.Range(1, 20_000).Select(seed => new CellResult(Cell(seed).Spec, Cell(seed).Key, [Of(seed, seed % 2, 0)]))];
        using IResultStore store = await Open();
        store.Add(results, []);
        Assert.Equal(results.Select(result => result.Key).Order(), store.Replicates().Select(cell => cell.Key));
        Assert.All(store.Replicates(), cell => Assert.Equal(1, cell.Value.Count));
        Assert.Equal(
            results.Where((_, i) => i % 2 == 1).Select(result => result.Key).Order(),
            store.Replicates(Enumerable.Range(1, 30_000).Where(seed => seed > 20_000 || seed % 2 == 0).Select(seed => Cell(seed).Key)).Select(cell => cell.Key).Order());
    }

    [SkippableFact]
    public async Task A_batch_that_fails_leaves_nothing_of_itself()
    {
        using IResultStore store = await Open();
        store.Add([_results[0]], []);

        // One reading of the batch cannot be stored.
        Assert.ThrowsAny<Exception>(() => store.Add([.. _results[1..], new CellResult(Cell(77).Spec, Cell(77).Key, default)], [Failure(5)]));
        Assert.Equal([_results[0].Key], store.Replicates().Select(cell => cell.Key));
        Assert.Empty(store.Failures());

        store.Add(_results, []);
        Assert.Equal(2 * _results.Length, store.Count());
    }

    [SkippableFact]
    public async Task Many_threads_may_add_the_same_readings_and_failures_in_any_order()
    {
        using IResultStore store = await Open();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            var random = new Random(thread);
            for (int round = 0; round < 10; round++)
            {
                CellResult[] batch = [.. _results];
                random.Shuffle(batch);
                store.Add(batch[..20], [.. batch[10..30].Select(result => new ReadingFailure(result.Key, 1, "it failed"))]);
                store.Add([], [.. batch[..10].Select(result => new ReadingFailure(result.Key, 0, "it failed"))]);
                AssertHolds(store, batch[..20]);
            }

            store.Add(_results, []);
        });
        Assert.Equal(2 * _results.Length, store.Count());
        Assert.Empty(store.Failures());
    }

    /// <summary>Opens the store of this test, the same one each time.</summary>
    protected abstract Task<IResultStore> Open();

    protected static PlannedReading Cell(int seed)
    {
        var spec = new CellSpec { Seed = (ulong)seed, Replicates = 2 };
        return new PlannedReading(spec, CellKey.Of(spec));
    }

    protected static CellResult Result(int seed) => new(Cell(seed).Spec, Cell(seed).Key, [Of(seed, 0, 0.1), Of(-seed, 1, -0.1)]);

    protected static void AssertHolds(IResultStore store, CellResult[] expected) => Assert.All(
        expected.Zip(store.Find([.. expected.Select(result => new PlannedReading(result.Spec, result.Key))])),
        pair => Assert.Equal(
            pair.First.Replicates.AsEnumerable(), pair.Second!.Replicates.Select(reading => reading with { Outcome = Outcome.Missing })));

    private static Reading Of(int value, int replicate, double norm) => new()
    {
        Replicate = replicate,
        Log10SpectralNorm = norm,
        Log10FrobeniusNorm = value + 0.1,
        Log10GradientNorm = double.NegativeInfinity,
        Omega = double.NaN,
        Status = ReplicateStatus.Ok,
    };

    private ReadingFailure Failure(int i, string reason = "first") => new(_results[i].Key, 0, reason);
}
