using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace RnnSweep.Silo;

/// <summary>
/// Listeners for a silo that has no peers and no clients outside its process. They open no socket, so that no other process of the machine can connect.
/// </summary>
internal sealed class NoConnections : IConnectionListenerFactory
{
    /// <summary>Replaces the TCP listeners, which Orleans registers as keyed services.</summary>
    public static void ReplaceListeners(IServiceCollection services)
    {
        for (int i = 0; i < services.Count; i++)
        {
            if (services[i] is { IsKeyedService: true } listener && listener.ServiceType == typeof(IConnectionListenerFactory))
            {
                services[i] = ServiceDescriptor.KeyedSingleton<IConnectionListenerFactory>(listener.ServiceKey, (_, _) => new NoConnections());
            }
        }
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(new Listener(endpoint));

    private sealed class Listener(EndPoint endpoint) : IConnectionListener
    {
        private readonly TaskCompletionSource<ConnectionContext?> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public EndPoint EndPoint => endpoint;

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) => new(_end.Task.WaitAsync(cancellationToken));

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _end.TrySetResult(null);
            return ValueTask.CompletedTask;
        }

        public ValueTask DisposeAsync() => UnbindAsync();
    }
}
