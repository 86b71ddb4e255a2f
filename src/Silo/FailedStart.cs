using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RnnSweep.Silo;

/// <summary>Ends silos that have not started.</summary>
internal static class FailedStart
{
    // The silo cannot write to the membership table where the database is away.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Ends a silo whose start has failed or was cancelled, and disposes it. IHost.StopAsync does not do that: Orleans refuses to stop a silo that is not running.
    /// The loops that it has started would then run on: one that follows the membership would take a core as long as the process lives.
    /// </summary>
    public static async Task End(IHost host)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        Task stopping = host.Services.GetRequiredService<ISiloLifecycleSubject>().OnStop(timeout.Token);
        await stopping.WaitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Yield(); // Orleans completes the task inside one of its loops, for which Dispose waits
        host.Dispose();
    }
}
