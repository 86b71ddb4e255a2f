using RnnSweep.Core.Sweeps;

namespace RnnSweep.Grains;

/// <summary>Limits on submissions, which protect a cluster from sweeps that are too large for it.</summary>
/// <param name="Cells">The maximum number of cells of a sweep.</param>
/// <param name="Bytes">The maximum size of its sweep file and its matrices, in bytes.</param>
/// <param name="CellMemory">The maximum memory of a cell, in bytes.</param>
public sealed record SubmissionLimits(long Cells, long Bytes, long CellMemory)
{
    /// <summary>Why a submission of this size is refused; null when it is accepted.</summary>
    public string? RefusalOfBytes(long bytes) => bytes <= Bytes ? null : $"a sweep and its matrices may have {Bytes} bytes on this cluster, but this one has {bytes}";

    /// <summary>Why a plan is refused; null when it is accepted.</summary>
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
