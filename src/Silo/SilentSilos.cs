using Microsoft.Extensions.Logging;

namespace RnnSweep.Silo;

/// <summary>
/// Clears the way for a silo that joins: it may do so only when every member of the table answers, and where all others were killed, there is nobody left to
/// say that they are dead. A member whose sign of life stands still while this silo looks on is given up by it. (Its clock is not compared with this one's.)
/// </summary>
internal sealed partial class SilentSilos(IMembershipTable table, IClusterMembershipService membership, ILocalSiloDetails local, ILogger<SilentSilos> log)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _joined = new();

    /// <summary>Looks from the moment this silo is in the table until it has joined.</summary>
    public void Participate(ISiloLifecycle observer)
    {
        observer.Subscribe(nameof(SilentSilos), ServiceLifecycleStage.AfterRuntimeGrainServices + 1, Begin, Nothing);
        observer.Subscribe(nameof(SilentSilos), ServiceLifecycleStage.Active, End, Nothing);
    }

    public void Dispose() => _joined.Dispose();

    private static Task Nothing(CancellationToken cancellation) => Task.CompletedTask;

    private Task Begin(CancellationToken cancellation)
    {
        _ = Task.Run(Look, CancellationToken.None);
        return Task.CompletedTask;
    }

    private Task End(CancellationToken cancellation) => _joined.CancelAsync();

    private async Task Look()
    {
        var watch = new SilenceWatch<SiloAddress>(ClusterSilo.LongestSilence);
        CancellationToken joined = _joined.Token;
        while (!joined.IsCancellationRequested)
        {
            try
            {
                var signs = from member in (await table.ReadAll()).Members
                            where member.Item1.Status == SiloStatus.Active && !member.Item1.SiloAddress.Equals(local.SiloAddress)
                            select (member.Item1.SiloAddress, member.Item1.IAmAliveTime);
                foreach (SiloAddress silo in watch.Look(signs, TimeSpan.FromMilliseconds(Environment.TickCount64)))
                {
                    LogSilent(log, silo, ClusterSilo.LongestSilence.TotalSeconds);
                    await membership.TryKill(silo);
                }
            }
            catch (Exception error)
            {
                watch.Forget(); // nobody could sign while the table was out of reach
                LogTrouble(log, error);
            }

            await Task.Delay(s_look, joined).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Silo} has given no sign of life for {Seconds} s, so this silo joins without it")]
    private static partial void LogSilent(ILogger log, SiloAddress silo, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The membership table cannot be read; trying again")]
    private static partial void LogTrouble(ILogger log, Exception error);
}
