using RnnSweep.Client.Results;
using RnnSweep.Core.Results;

namespace RnnSweep.Cluster.Tests.Results;

/// <summary>The store of a single process passes the tests of a cluster's store.</summary>
public sealed class SqliteResultStoreTests : ResultStoreConformance, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rnnsweep-");

    public void Dispose() => _folder.Delete(recursive: true);

    protected override Task<IResultStore> Open() => Task.FromResult<IResultStore>(SqliteResultStore.OpenOrCreate(Path.Combine(_folder.FullName, "results.db")));
}
