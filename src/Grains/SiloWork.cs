using RnnSweep.Core.Results;

namespace RnnSweep.Grains;

/// <summary>What the grains and the workers of a silo use: one object, so that a silo can start before its work is known.</summary>
/// <param name="Catalogue">The sweeps that the silo serves.</param>
/// <param name="Journal">From where sweep grains are restored.</param>
/// <param name="Store">Where results go; the caller disposes of it.</param>
/// <param name="Options">How many cells are computed at a time, and what clients may submit.</param>
public sealed record SiloWork(ISweepCatalogue Catalogue, ISweepJournal Journal, IResultStore Store, WorkOptions Options);
