namespace RnnSweep.Grains;

/// <summary>The sweeps that a silo runs experiments of.</summary>
public interface ISweepCatalogue
{
    /// <summary>Ids of the sweeps that may have open experiments, in the order in which they were entered.</summary>
    ValueTask<IReadOnlyList<ActiveSweep>> Active();

    /// <summary>A sweep with its plan, its store and the function that runs its experiments.</summary>
    /// <exception cref="KeyNotFoundException">There is no such sweep.</exception>
    ValueTask<SweepWork> Find(string sweep);
}
