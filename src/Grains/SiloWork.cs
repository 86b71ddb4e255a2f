using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>What the grains and the workers of a silo use: one object, so that a silo can start before its work is known.</summary>
/// <param name="Catalogue">The sweeps that the silo serves.</param>
/// <param name="Journal">From where sweep grains are restored.</param>
/// <param name="Store">Where results go; the caller disposes of it.</param>
/// <param name="Options">How many cells are computed at a time, and what clients may submit.</param>
/// <param name="Ledger">The ledger of the only sweep of an embedded silo, which the run has made already; null in a cluster, where sweep grains make them.</param>
public sealed record SiloWork(ISweepCatalogue Catalogue, ISweepJournal Journal, IResultStore Store, WorkOptions Options, SweepLedger? Ledger = null);
