using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.TestingHost;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Cluster.Tests.PostgreSql;
using RnnSweep.Cluster.Tests.Registries;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests;

/// <summary>Meters and traces are observed for the whole process, so no other test may run at the same time.</summary>
[CollectionDefinition(nameof(TelemetryTests), DisableParallelization = true)]
public sealed class TelemetryAlone : ICollectionFixture<PostgreSqlServer>;

/// <summary>Metrics that add up, linked traces, and log entries with the values that an operator needs.</summary>
[Collection(nameof(TelemetryTests))]
public sealed class TelemetryTests(PostgreSqlServer server)
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_numbers_of_a_sweep_add_up()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        using var numbers = new Numbers();
        await using (InProcessTestCluster cluster = await Start(plan, store, FailingOnce(), NullLoggerProvider.Instance))
        {
            await Finish(cluster);
        }

        Assert.Equal(2 * (plan.CellCount - 1), numbers.Sum("rnnsweep.readings.done"));
        Assert.Equal(2, numbers.Sum("rnnsweep.readings.failed"));
        Assert.Equal(plan.Experiments.Count, numbers.Count("rnnsweep.experiment.duration"));
        Assert.InRange(numbers.Sum("rnnsweep.experiment.duration"), double.Epsilon, s_hang.TotalSeconds);
        Assert.Equal(numbers.Sum("rnnsweep.leases"), numbers.Raised("rnnsweep.leases.held"));
        Assert.Equal(plan.Experiments.Count, numbers.Raised("rnnsweep.results.queued"));
        Assert.Equal(plan.Experiments.Count, numbers.Raised("rnnsweep.threads.busy"));
        numbers.AssertIdle();
    }

    [Fact]
    public async Task A_silo_that_stops_during_a_sweep_holds_no_leases()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        using var numbers = new Numbers();
        using var cancellation = new CancellationTokenSource();
        ExperimentResult Compute(Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken token)
        {
            cancellation.Cancel();
            token.WaitHandle.WaitOne(s_hang);
            throw new OperationCanceledException(token);
        }

        var engine = new SiloEngine(Compute, 2);
        await engine.StartSilo();
        engine.Run(new EngineWork(plan, new SweepLedger(plan), store, new ProgressMeter(plan.CellCount, 0, 1)), cancellation.Token);

        Assert.InRange(numbers.Raised("rnnsweep.leases.held"), 1, 2);
        Assert.Equal(0, numbers.Count("rnnsweep.experiment.duration"));
        numbers.AssertIdle();
    }

    [Fact]
    public void Experiments_begin_while_the_silo_starts_and_its_grains_run_the_rest()
    {
        // By its estimated work each experiment has its own lease of the ledger.
        SweepPlan plan = SmallSweep.Plan("hidden_size=100", "sequence_length=20", "replicates=1", "seed=1..200:1");
        using var store = new MemoryStore();
        using var numbers = new Numbers();
        ExperimentRunner runner = SmallSweep.Runner();
        using var start = new ManualResetEventSlim();
        int early = 0, begun = 0;
        SiloEngine? engine = null;
        ExperimentResult Compute(Experiment experiment, Func<CellKey, ReplicateSet>? known, CancellationToken token)
        {
            Interlocked.Increment(ref begun);
            if (!engine!.StartSilo().IsCompleted)
            {
                // The silo starts with the first experiment. The first two outlast the start, so the grains of the silo run the others.
                Interlocked.Increment(ref early);
                start.Set();
                engine.StartSilo().Wait(s_hang, CancellationToken.None);
            }

            Thread.Sleep(10); // so that the handover comes before the end of the sweep
            return runner.Run(experiment, known, token);
        }

        engine = new SiloEngine(Compute, 2, new HeldClock(start));
        _ = engine.StartSilo();
        EngineOutcome outcome = engine.Run(new EngineWork(plan, new SweepLedger(plan), store, new ProgressMeter(plan.CellCount, 0, 1)), CancellationToken.None);

        Assert.Equal(new LedgerCounts(plan.CellCount, 0, 0, 0), outcome.Counts);
        Assert.InRange(early, 1, 2);
        Assert.Equal(plan.Experiments.Count, begun);
        Assert.Equal((plan.CellCount, 0), (store.Count(), store.Doubles));
        Assert.InRange(numbers.Sum("rnnsweep.leases"), 1, numbers.Raised("rnnsweep.leases.held") - early); // those of the grain among all
        numbers.AssertIdle();
    }

    [SkippableFact]
    public async Task One_trace_spans_client_and_grain_and_one_spans_workers_and_experiment()
    {
        string connection = server.CreateDatabase();
        using var traces = new Traces();
        ResolvedSweep sweep = SweepFileReader.Read(null, ["hidden_size=2", "spectral_radius=0.5,1", "sequence_length=1,2"], out _)!;
        string id;
        await using (ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection, CancellationToken.None))
        {
            var settings = new ClusterSiloSettings { Options = WorkOptions.Embedded(1), CacheBytes = 1 << 20, Reader = new SubmittedSweepReader() };
            await using ClusterSilo silo = await ClusterSilo.Start(database, settings, NullLoggerProvider.Instance, reason => Assert.Fail(reason), CancellationToken.None);
            id = ClusterSweeps.Submit(new ClusterSettings(connection, null), sweep);
            await Wait.Until(() => ClusterSweeps.Report(new ClusterSettings(connection, null)).Sweeps.Single().State == SweepState.Finished);
        }

        Activity submit = traces.Single("submit"), recall = traces.Single("recall"), lease = traces.Single("lease");
        Assert.Equal(id, submit.GetTagItem("rnnsweep.sweep"));
        Assert.Equal(submit.TraceId, recall.TraceId);
        Assert.Contains(submit.SpanId, traces.Ancestors(recall));

        Activity[] experiments = traces.Named("experiment");
        Assert.Equal(2, experiments.Length);
        Assert.All(experiments, experiment => Assert.Equal(lease.TraceId, experiment.TraceId));
        Assert.All(experiments, experiment => Assert.Contains(lease.SpanId, traces.Ancestors(experiment)));
        Assert.NotEqual(submit.TraceId, lease.TraceId);
        Assert.Equal(submit.TraceId, Assert.Single(lease.Links).Context.TraceId);
    }

    [Fact]
    public async Task The_log_names_what_failed_and_how_a_sweep_ended()
    {
        SweepPlan plan = SmallSweep.Default();
        using var store = new MemoryStore();
        using var log = new Log();
        await using (InProcessTestCluster cluster = await Start(plan, store, FailingOnce(), log))
        {
            await Finish(cluster);
        }

        ReadingFailure failure = store.Failures()[0];
        var failed = Assert.Single(log.Entries, entry => entry.Level == LogLevel.Warning && entry.Values.ContainsKey("Reason")).Values;
        Assert.Equal((EmbeddedCatalogue.Sweep, failure.Key.ToString(), "of course"), (failed["Sweep"], failed["Key"], failed["Reason"]));
        Assert.Contains(plan.Experiments[(long)failed["Experiment"]!].Readings, reading => reading.Key == failure.Key);
        var finished = Assert.Single(log.Entries, entry => entry.Level == LogLevel.Information && entry.Values.ContainsKey("Failed")).Values;
        Assert.Equal((EmbeddedCatalogue.Sweep, plan.CellCount - 1, 1L), (finished["Sweep"], finished["Done"], finished["Failed"]));
    }

    [Fact]
    public async Task The_log_names_a_silo_that_died_with_its_leases()
    {
        // By its estimated work each experiment has its own lease; none is computed.
        SweepPlan plan = SmallSweep.Plan("hidden_size=200", "sequence_length=1000", "spectral_radius=0.5..1.45:0.05");
        using var store = new MemoryStore();
        using var log = new Log();
        static ExperimentResult Compute(Experiment experiment, Func<CellKey, ReplicateSet>? stored, CancellationToken token)
        {
            token.WaitHandle.WaitOne(200);
            token.ThrowIfCancellationRequested();
            throw new InvalidOperationException("too much");
        }

        await using InProcessTestCluster cluster = await Start(plan, store, Compute, log);
        await Wait.Until(() => store.Failures().Count > 0);

        // A lease that the silo does not know and therefore cannot give back.
        SiloAddress killed = cluster.Silos[1].SiloAddress;
        Assert.NotNull(await cluster.Client.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep).Take(killed));
        await cluster.KillSiloAsync(cluster.Silos[1]);
        await Finish(cluster);

        var lost = Assert.Single(log.Entries, entry => entry.Values.ContainsKey("Silo") && entry.Values.ContainsKey("Leases")).Values;
        Assert.Equal((killed.ToParsableString(), EmbeddedCatalogue.Sweep), (lost["Silo"], lost["Sweep"]));
        Assert.InRange((int)lost["Leases"]!, 1, 2);
    }

    private static ExperimentFunction FailingOnce() =>
        SmallSweep.Failing(spec => spec is { HiddenSize: 12, SpectralRadius: 1, SequenceLength: 20 }, "of course");

    private static async Task<InProcessTestCluster> Start(SweepPlan plan, MemoryStore store, ExperimentFunction run, ILoggerProvider log)
    {
        MemoryRegistry registry = await MemoryRegistry.Of(plan, store);
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo((_, silo) => silo
            .FindDeadSilosQuickly()
            .AddSweeps(new SiloWork(new EmbeddedCatalogue(plan, store, run), registry, WorkOptions.Embedded(1) with { WaitsForStore = true }))
            .ConfigureLogging(logging => logging.AddProvider(log)));
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }

    private static async Task Finish(InProcessTestCluster cluster)
    {
        ISweepGrain sweep = cluster.Client.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep);
        SweepProgress? status = null;
        while (status?.IsFinished != true)
        {
            await Task.Delay(50).WaitAsync(s_hang);
            status = await sweep.Progress();
        }
    }

    /// <summary>Sums the values of the meter.</summary>
    private sealed class Numbers : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentBag<(string Instrument, double Value)> _told = [];

        public Numbers()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Telemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _told.Add((instrument.Name, value)));
            _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => _told.Add((instrument.Name, value)));
            _listener.Start();
        }

        public double Sum(string instrument) => Of(instrument).Sum();

        public int Count(string instrument) => Of(instrument).Count();

        /// <summary>The sum of the increments of an up-down counter.</summary>
        public double Raised(string instrument) => Of(instrument).Where(value => value > 0).Sum();

        public void AssertIdle() => Assert.All(
            ["rnnsweep.leases.held", "rnnsweep.results.queued", "rnnsweep.threads.busy"], instrument => Assert.Equal((instrument, 0), (instrument, Sum(instrument))));

        public void Dispose() => _listener.Dispose();

        private IEnumerable<double> Of(string instrument) => _told.Where(told => told.Instrument == instrument).Select(told => told.Value);
    }

    /// <summary>Collects the traces of this program and of Orleans' calls.</summary>
    private sealed class Traces : IDisposable
    {
        private readonly ActivityListener _listener;
        private readonly ConcurrentDictionary<ActivitySpanId, Activity> _spans = new();

        public Traces()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is Telemetry.Name or "Microsoft.Orleans.Application",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStarted = activity => _spans[activity.SpanId] = activity,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Activity[] Named(string name) => [.. _spans.Values.Where(span => span.Source.Name == Telemetry.Name && span.OperationName == name)];

        public Activity Single(string name) => Assert.Single(Named(name));

        public IEnumerable<ActivitySpanId> Ancestors(Activity span)
        {
            for (Activity? next = span; next is not null; next = _spans.GetValueOrDefault(next.ParentSpanId))
            {
                yield return next.ParentSpanId;
            }
        }

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>Collects log entries of this program's categories, with their values.</summary>
    private sealed class Log : ILoggerProvider
    {
        public ConcurrentQueue<(LogLevel Level, Dictionary<string, object?> Values)> Entries { get; } = new();

        public ILogger CreateLogger(string categoryName) =>
            categoryName.StartsWith("RnnSweep.", StringComparison.Ordinal) ? new Logger(this) : NullLogger.Instance;

        public void Dispose()
        {
        }

        private sealed class Logger(Log log) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
                log.Entries.Enqueue((logLevel, ((IEnumerable<KeyValuePair<string, object?>>)state!).ToDictionary()));
        }
    }
}
