using RnnSweep.Core.Results;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests.Registries;

public sealed class MemoryRegistryTests : RegistryConformance, IDisposable
{
    private readonly MemoryStore _store = new();
    private MemoryRegistry? _registry;

    public void Dispose() => _store.Dispose();

    protected override Task<(ISweepRegistry Registry, IResultStore Store)> Open() =>
        Task.FromResult<(ISweepRegistry, IResultStore)>((_registry ??= new MemoryRegistry(_store), _store));
}
