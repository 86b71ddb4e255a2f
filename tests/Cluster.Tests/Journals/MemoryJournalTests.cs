using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests.Journals;

public sealed class MemoryJournalTests : JournalConformance
{
    private readonly MemoryJournal _journal = new();

    protected override Task<ISweepJournal> Open() => Task.FromResult<ISweepJournal>(_journal);
}
