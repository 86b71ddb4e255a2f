using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Results;

/// <summary>The table with one row per leading exponent of a replicate, for cells that measure them.</summary>
public static class LeadingTable
{
    /// <summary>The columns of a row, in order.</summary>
    public static ImmutableArray<TableColumn<LeadingRow>> Columns { get; } =
    [
        new("index", new(FieldContent.Whole), row => row.Index),
        new("lyapunov", row => row.Lyapunov),
        new("lyapunov_within_sem", row => row.WithinSem),
    ];

    /// <summary>The k rows of a replicate. Unknown numbers are NaN.</summary>
    public static IEnumerable<LeadingRow> Rows(CellSpec spec, Reading replicate)
    {
        for (int i = 0; i < spec.ResolvedLeading; i++)
        {
            yield return new LeadingRow(i + 1, replicate.Leading?.Exponents[i] ?? double.NaN, replicate.Leading?.WithinSems[i] ?? double.NaN);
        }
    }
}

/// <summary>One leading exponent of a replicate.</summary>
/// <param name="Index">i, from 1 to k.</param>
/// <param name="Lyapunov">λ_i, nats per step.</param>
/// <param name="WithinSem">Its standard error within the trajectory.</param>
public readonly record struct LeadingRow(int Index, double Lyapunov, double WithinSem);
