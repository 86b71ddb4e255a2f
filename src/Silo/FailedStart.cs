using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RnnSweep.Silo;

/// <summary>Ends silos that have not started.</summary>
internal static class FailedStart
{
    // The silo cannot write to the membership table where the database is away.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Ends a silo whose start has failed or was cancelled. IHost.StopAsync does not do that, as Orleans refuses to stop a silo that is not running: the loops that
    /// it has started would run on, and one that follows the membership would take a core as long as the process lives.
    /// </summary>
    /// <remarks>The host is not disposed: Orleans would wait for the end of IHost.StopAsync, which has not begun.</remarks>
    public static async Task End(IHost host)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        await host.Services.GetRequiredService<ISiloLifecycleSubject>().OnStop(timeout.Token)
            .WaitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Yield(); // Orleans completes the task inside one of its loops
    }
}
