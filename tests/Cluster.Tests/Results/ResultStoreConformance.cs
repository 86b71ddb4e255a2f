using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Cluster.Tests.Results;

/// <summary>What every store of results does, whatever it is made of.</summary>
public abstract class ResultStoreConformance
{
    private readonly CellResult[] _results = [.. Enumerable.Range(1, 40).Select(Result)];

    [SkippableFact]
    public async Task What_was_added_is_there_for_the_next_who_opens_the_store()
    {
        CellFailure failure = new(Key(99), "a reason with 'quotes', ünïcode and 🎲");
        using (IResultStore store = await Open())
        {
            store.Add(_results, [failure]);
        }

        using IResultStore again = await Open();
        Assert.Equal(_results.Length, again.Count());
        Assert.All(_results, result => AssertSame(result, again.Find(result.Key)));
        Assert.Equal(_results.Select(result => result.Key).Order(), again.Keys());
        Assert.Equal([failure], again.Failures());
        Assert.Equal(failure, again.FindFailure(failure.Key));
        Assert.Null(again.Find(failure.Key));
        Assert.Null(again.FindFailure(_results[0].Key));
    }

    [SkippableFact]
    public async Task An_empty_store_holds_nothing()
    {
        using IResultStore store = await Open();
        store.Add([], []);
        Assert.Equal(0, store.Count());
        Assert.Empty(store.Keys());
        Assert.Empty(store.Failures());
        Assert.Empty(store.Stored([Key(1), Key(2)]));
    }

    [SkippableFact]
    public async Task A_result_that_is_stored_is_never_replaced()
    {
        using IResultStore store = await Open();
        store.Add([_results[0]], []);
        store.Add([_results[0] with { Replicates = [] }, .. _results[1..], _results[1] with { Replicates = [] }], []);
        Assert.All(_results, result => AssertSame(result, store.Find(result.Key)));
        Assert.Equal(_results.Length, store.Count());
    }

    [SkippableFact]
    public async Task A_result_goes_before_a_failure_whichever_comes_first()
    {
        using IResultStore store = await Open();
        store.Add([], [Failure(0)]);
        store.Add([_results[0]], []);
        store.Add([_results[1]], []);
        store.Add([], [Failure(1)]);
        store.Add([_results[2]], [Failure(2)]);
        Assert.Empty(store.Failures());
        Assert.Equal(3, store.Count());
    }

    [SkippableFact]
    public async Task A_failure_replaces_an_earlier_one_and_failures_come_by_their_keys()
    {
        using IResultStore store = await Open();
        store.Add([], [.. Enumerable.Range(0, 40).Select(i => Failure(i)), Failure(3, "second"), Failure(4, "second")]);
        store.Add([], [Failure(3, "third")]);
        Assert.Equal(_results.Select(result => result.Key).Order(), store.Failures().Select(failure => failure.Key));
        Assert.Equal(["first", "third", "second"], new[] { 2, 3, 4 }.Select(i => store.FindFailure(_results[i].Key)?.Reason));
    }

    [SkippableFact]
    public async Task Keys_come_ascending_over_many_pages_and_some_of_many_are_found()
    {
        CellResult[] results = [.. Enumerable.Range(1, 20_000).Select(seed => new CellResult(Key(seed), []))];
        using IResultStore store = await Open();
        store.Add(results, []);
        Assert.Equal(results.Select(result => result.Key).Order(), store.Keys());
        Assert.Equal(
            results.Where((_, i) => i % 2 == 1).Select(result => result.Key).Order(),
            store.Stored(Enumerable.Range(1, 30_000).Where(seed => seed > 20_000 || seed % 2 == 0).Select(Key)).Order());
    }

    [SkippableFact]
    public async Task A_batch_that_fails_leaves_nothing_of_itself()
    {
        using IResultStore store = await Open();
        store.Add([_results[0]], []);

        // One of the batch cannot be encoded.
        Assert.ThrowsAny<Exception>(() => store.Add([.. _results[1..], new CellResult(Key(77), default)], [Failure(5)]));
        Assert.Equal([_results[0].Key], store.Keys());
        Assert.Empty(store.Failures());

        store.Add(_results, []);
        Assert.Equal(_results.Length, store.Count());
    }

    [SkippableFact]
    public async Task Many_threads_may_add_the_same_results_and_failures_in_any_order()
    {
        using IResultStore store = await Open();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            var random = new Random(thread);
            for (int round = 0; round < 10; round++)
            {
                CellResult[] batch = [.. _results];
                random.Shuffle(batch);
                store.Add(batch[..20], [.. batch[10..30].Select(result => new CellFailure(result.Key, "it failed"))]);
                store.Add([], [.. batch[..10].Select(result => new CellFailure(result.Key, "it failed"))]);
                Assert.All(batch[..20], result => AssertSame(result, store.Find(result.Key)));
            }

            store.Add(_results, []);
        });
        Assert.Equal(_results.Length, store.Count());
        Assert.Empty(store.Failures());
    }

    /// <summary>Opens the store of this test, each time the same.</summary>
    protected abstract Task<IResultStore> Open();

    protected static CellKey Key(int seed) => CellKey.Of(new CellSpec { Seed = (ulong)seed });

    protected static CellResult Result(int seed) => new(Key(seed), [Replicate(seed), Replicate(-seed)]);

    protected static void AssertSame(CellResult expected, CellResult? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(CellResultCodec.Encode(expected), CellResultCodec.Encode(actual));
    }

    private static Reading Replicate(int value) => new()
    {
        Log10SpectralNorm = value + 0.1,
        Log10GradientNorm = double.NegativeInfinity,
        Omega = double.NaN,
        Outcome = Outcome.Exploding,
        Status = ReplicateStatus.Ok,
    };

    private CellFailure Failure(int i, string reason = "first") => new(_results[i].Key, reason);
}
