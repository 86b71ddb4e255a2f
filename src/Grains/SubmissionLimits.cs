using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>What a client may submit: a cluster serves many, and must survive each of them.</summary>
/// <param name="Cells">The most cells of a sweep.</param>
/// <param name="Bytes">The most bytes of its sweep file and its matrices.</param>
/// <param name="CellMemory">The most bytes of memory that a cell may need.</param>
public sealed record SubmissionLimits(long Cells, long Bytes, long CellMemory)
{
    /// <summary>Why a submission of so many bytes is refused; null where it is not.</summary>
    public string? RefusalOfBytes(long bytes) => bytes <= Bytes ? null : $"a sweep and its matrices may have {Bytes} bytes on this cluster, but this one has {bytes}";

    /// <summary>Why a plan is refused; null where it is not.</summary>
    public string? Refusal(SweepPlan plan)
    {
        if (plan.CellCount > Cells)
        {
            return $"a sweep may have {Cells} cells on this cluster, but {plan.Name} has {plan.CellCount}";
        }

        double memory = PlanEstimate.Of(plan).Bytes;
        return memory <= CellMemory
            ? null
            : $"a cell may need {CellMemory} bytes of memory on this cluster, but the largest of {plan.Name} needs about {Math.Round(memory)}";
    }
}
