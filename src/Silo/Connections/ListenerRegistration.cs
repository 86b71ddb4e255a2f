using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace RnnSweep.Silo.Connections;

/// <summary>Replaces the TCP listeners of a silo.</summary>
internal static class ListenerRegistration
{
    /// <summary>Replaces the listeners of both ports, which Orleans registers as keyed services.</summary>
    public static void ReplaceListeners(this IServiceCollection services, IConnectionListenerFactory factory)
    {
        for (int i = 0; i < services.Count; i++)
        {
            if (services[i] is { IsKeyedService: true } listener && listener.ServiceType == typeof(IConnectionListenerFactory))
            {
                services[i] = ServiceDescriptor.KeyedSingleton<IConnectionListenerFactory>(listener.ServiceKey, (_, _) => factory);
            }
        }
    }
}
