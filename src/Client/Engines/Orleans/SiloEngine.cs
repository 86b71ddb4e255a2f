using System.Collections.Frozen;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using RnnSweep.Client.Progress;
using RnnSweep.Client.Runs;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;
using Serilog.Extensions.Logging;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The engine of an embedded cluster: one silo in this process, every experiment a grain, the store that of the run.</summary>
/// <param name="run">Runs an experiment; safe from any thread.</param>
/// <param name="parallelism">Number of experiments run at a time.</param>
/// <param name="clock">The clock of a test; null for the machine's.</param>
internal sealed class SiloEngine(ExperimentFunction run, int parallelism, TimeProvider? clock = null) : IEngine
{
    // How often the progress is read while no results come.
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private Task<EmbeddedSilo>? _silo;
    private Task _stopping = Task.CompletedTask;

    public string Name => "silo";

    public int? Parallelism => parallelism;

    /// <summary>Starts the silo in the background; what it logs goes to the run's log as soon as that is open.</summary>
    public void Prepare() => _silo ??= Task.Run(() => EmbeddedSilo.Start(new RunLogProvider(), clock));

    public EngineOutcome Run(EngineWork work, CancellationToken cancellation) => RunAsync(work, cancellation).GetAwaiter().GetResult();

    /// <summary>Waits a moment for the silo to stop; it has nothing to lose any more, and ends with the process.</summary>
    public void Dispose() => _stopping.WaitAsync(s_patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();

    private async Task<EngineOutcome> RunAsync(EngineWork work, CancellationToken cancellation)
    {
        Prepare();
        EmbeddedSilo silo = await _silo!;
        long stored = work.Ledger.Counts.Done;
        try
        {
            MemoryJournal journal = await EmbeddedCatalogue.Journal(work.Plan);
            await silo.StartWork(new SiloWork(new EmbeddedCatalogue(work.Plan, run), journal, work.Store, WorkOptions.Embedded(parallelism), work.Ledger));
            return await Follow(silo, work.Meter, stored, cancellation);
        }
        finally
        {
            await silo.StopWork();
            _stopping = Task.Run(() => silo.DisposeAsync().AsTask(), CancellationToken.None); // while the tables are written
        }
    }

    private static async Task<EngineOutcome> Follow(EmbeddedSilo silo, ProgressMeter meter, long stored, CancellationToken cancellation)
    {
        ISweepGrain sweep = silo.Grains.GetGrain<ISweepGrain>(EmbeddedCatalogue.Sweep);
        while (true)
        {
            Task nextBatch = silo.NextBatch;
            SweepStatus status = await Progress(sweep, meter, stored);
            if (silo.Fault is { } fault)
            {
                ExceptionDispatchInfo.Throw(fault);
            }

            if (status.IsFinished || cancellation.IsCancellationRequested)
            {
                await silo.StopWork();
                status = await Progress(sweep, meter, stored); // experiments that were under way are counted, too
                return new EngineOutcome(
                    new LedgerCounts(status.Done, status.Failed, status.Leased, status.Open),
                    status.Failures.ToFrozenDictionary(failed => failed.Index, failed => failed.Reason));
            }

            await nextBatch.WaitAsync(s_interval, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<SweepStatus> Progress(ISweepGrain sweep, ProgressMeter meter, long stored)
    {
        SweepStatus status = (await sweep.Status())!;
        lock (meter)
        {
            meter.Set(status.WorkDone, status.Done - stored, status.Failed);
        }

        return status;
    }

    /// <summary>Writes to the log of the run, which is opened after the silo was started.</summary>
    private sealed class RunLogProvider : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => new RunLogger(categoryName);

        public void Dispose()
        {
        }
    }

    private sealed class RunLogger(string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            RunLog.Current?.ForContext("SourceContext", category).Write(LevelConvert.ToSerilogLevel(logLevel), exception, "{Text:l}", formatter(state, exception));
    }
}
