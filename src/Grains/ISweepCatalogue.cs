using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>The sweeps as a silo works on them: their plans, and what computes their cells.</summary>
public interface ISweepCatalogue
{
    /// <summary>Ids of the sweeps that may have open cells, the first entered first.</summary>
    ValueTask<IReadOnlyList<string>> Active();

    /// <summary>The plan of a sweep.</summary>
    /// <exception cref="KeyNotFoundException">There is no such sweep.</exception>
    ValueTask<SweepPlan> Plan(string sweep);

    /// <summary>Computes a cell of a sweep; safe from any thread.</summary>
    CellResult Compute(string sweep, CellSpec spec, Onward onward, CancellationToken cancellation);
}
