using System.Collections.Immutable;

namespace RnnSweep.Core.Sweeps;

/// <summary>What a ledger tells its holder, so that another ledger can be made like it (<see cref="SweepLedger.Restore"/>).</summary>
public abstract record LedgerChange
{
    private LedgerChange()
    {
    }

    /// <summary>A lease went out.</summary>
    public sealed record Granted(long Lease, string Holder, ImmutableArray<long> Cells) : LedgerChange;

    /// <summary>A lease is over: nothing of it is left, or it was given back or lost.</summary>
    public sealed record Ended(long Lease) : LedgerChange;

    /// <summary>A cell has lost its holder, so many times by now.</summary>
    public sealed record Lost(long Cell, int Losses) : LedgerChange;

    /// <summary>A cell has a result.</summary>
    public sealed record Done(long Cell) : LedgerChange;

    /// <summary>A cell was given up.</summary>
    public sealed record Failed(long Cell, string Reason) : LedgerChange;
}
