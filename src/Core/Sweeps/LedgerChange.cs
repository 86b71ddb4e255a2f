using System.Collections.Immutable;

namespace RnnSweep.Core.Sweeps;

/// <summary>A change that a ledger reports, so that another ledger can be made like it (<see cref="SweepLedger.Restore"/>).</summary>
public abstract record LedgerChange
{
    private LedgerChange()
    {
    }

    /// <summary>A lease was handed out.</summary>
    public sealed record Granted(long Lease, string Holder, ImmutableArray<long> Experiments) : LedgerChange;

    /// <summary>A lease has ended: all of it is settled, or it was given back or lost.</summary>
    public sealed record Ended(long Lease) : LedgerChange;

    /// <summary>An experiment has lost its holder, so many times by now.</summary>
    public sealed record Lost(long Experiment, int Losses) : LedgerChange;

    /// <summary>All readings of an experiment are stored.</summary>
    public sealed record Done(long Experiment) : LedgerChange;

    /// <summary>Readings of an experiment failed.</summary>
    public sealed record Failed(long Experiment, string Reason) : LedgerChange;
}
