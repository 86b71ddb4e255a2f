using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using RnnSweep.Core.Results;

namespace RnnSweep.Silo;

/// <summary>Lets the exceptions of a store pass from a silo to its clients and to other silos.</summary>
internal static class StoreErrors
{
    /// <summary>
    /// Adds the store's exceptions to those that Orleans serialises by type, message, data and inner exception. Without this a caller would get a
    /// CodecNotFoundException instead. Silos and clients both need it.
    /// </summary>
    public static IServiceCollection AddStoreErrors(this IServiceCollection services) => services.Configure<ExceptionSerializationOptions>(options =>
        options.SupportedExceptionTypeFilter = type => type == typeof(StoreUnreachableException) || type == typeof(StoreDamagedException));
}
