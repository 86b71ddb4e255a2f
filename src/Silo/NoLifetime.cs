using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Hosting;

namespace RnnSweep.Silo;

/// <summary>
/// Leaves signals to the program. The usual lifetime of a host takes SIGINT and SIGTERM for itself as soon as the host starts, so a client that is connecting would not end.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
internal sealed class NoLifetime : IHostLifetime
{
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
