using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>The table of the leading exponents over the first t steps, for cells that measure them: how far they have converged.</summary>
public static class HistoryTable
{
    /// <summary>The columns of a row, in order.</summary>
    public static ImmutableArray<TableColumn<HistoryRow>> Columns { get; } =
    [
        new("step", new(FieldContent.Whole), row => row.Step),
        new("index", new(FieldContent.Whole), row => row.Index),
        new("lyapunov", row => row.Lyapunov),
    ];

    /// <summary>The rows of a replicate: k for each of <see cref="LeadingResult.HistorySteps"/>; none where the exponents are not known.</summary>
    public static IEnumerable<HistoryRow> Rows(CellSpec spec, Reading replicate)
    {
        if (replicate.Leading is not { } leading)
        {
            yield break;
        }

        int place = 0;
        foreach (int step in LeadingResult.HistorySteps(spec.SequenceLength))
        {
            for (int i = 1; i <= spec.ResolvedLeading; i++)
            {
                yield return new HistoryRow(step, i, leading.History[place++]);
            }
        }
    }
}

/// <summary>A leading exponent over the first steps.</summary>
/// <param name="Step">t.</param>
/// <param name="Index">i, from 1 to k.</param>
/// <param name="Lyapunov">λ_i over the steps 1 to t, nats per step.</param>
public readonly record struct HistoryRow(int Step, int Index, double Lyapunov);
