namespace RnnSweep.Grains;

/// <summary>The sweeps as a silo works on them.</summary>
public interface ISweepCatalogue
{
    /// <summary>Ids of the sweeps that may have open experiments, the first entered first.</summary>
    ValueTask<IReadOnlyList<string>> Active();

    /// <summary>A sweep, with its plan, its store, and what runs its experiments.</summary>
    /// <exception cref="KeyNotFoundException">There is no such sweep.</exception>
    ValueTask<SweepWork> Find(string sweep);
}
