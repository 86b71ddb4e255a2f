using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// A Jacobian product restricted to its leading right directions: A = P_t·V, N × k, where V has k orthonormal columns. The dropped part E = P_t (I −
/// V Vᵀ) acts on directions orthogonal to V, so P_t P_tᵀ = A Aᵀ + E Eᵀ without a cross term, now and after any further step: E affects the norms of
/// P_t only by its square. V itself is not needed.
/// </summary>
/// <remarks>
/// The size of E is estimated: its images E·ω of a few normal vectors ω, the probes, are propagated together with A (Halko, Martinsson &amp; Tropp 2011, §
/// 4.3: ‖E·ω‖² has the mean ‖E‖_F²) and evaluated at every factoring and every reading.
/// </remarks>
internal sealed class LeadingColumns
{
    /// <summary>Number of probes. All three together underestimate ‖E‖_F by a factor of 100 with a probability of 1e-6.</summary>
    public const int Probes = 3;

    /// <summary>Size of what a factoring drops, relative to the largest column. It affects norms by half its square, 4.5e-16, two ulp.</summary>
    public const double DropBelow = 3e-8;

    /// <summary>Largest size of the probes, relative to the norm. It affects the norm by half its square, 5e-13.</summary>
    public const double Tolerance = 1e-6;

    private readonly ulong _normalsDrawn;

    private LeadingColumns(PropagatedColumns columns, ulong normalsDrawn) => (Columns, _normalsDrawn) = (columns, normalsDrawn);

    /// <summary>The k columns of A, then the probes.</summary>
    public PropagatedColumns Columns { get; }

    /// <summary>The number k of leading columns.</summary>
    public int Rank => Columns.Count - Probes;

    /// <summary>Rotates the columns of a product so that as many as possible are negligible, and drops those; null where there are none.</summary>
    /// <param name="jacobian">The network's Jacobian.</param>
    /// <param name="columns">All columns of the product, or A and the probes.</param>
    /// <param name="before">The previous factoring; null where nothing has been dropped yet.</param>
    /// <param name="isAccurate">False where the probes are significant: A must not be used.</param>
    public static LeadingColumns? Factor(BlockJacobian jacobian, PropagatedColumns columns, LeadingColumns? before, out bool isAccurate)
    {
        int n = columns.HiddenSize, rank = before?.Rank ?? columns.Count;
        using PooledSpan memory = new(n * columns.Count), one = new(n * rank), other = new(n * rank);
        using PooledSpan workspace = new(ThinQr.WorkspaceLength(rank, n));
        Span<double> read = memory.Values, left = one.Values, sorted = other.Values;
        columns.Read(complete: false, read);
        double exponent = columns.WithOneExponent(read, rank, left);

        // Aᵀ = Z·R, so A·Z = Rᵀ, whose columns get shorter and shorter. The units that have grown most come first.
        int[] units = Descending(Lengths(left, n));
        CopyRows(left, units, sorted);
        Span<double> transposed = left, r = sorted;
        Transposition.Copy(sorted, rank, transposed, n, n, rank);
        ThinQr.Triangularise(transposed, r, rank, n, workspace.Values);
        double[] lengths = Lengths(r, rank);
        int[] order = Descending(lengths);
        int kept = Kept(lengths, order);
        using PooledSpan assembled = new(n * (kept + Probes)), turned = new(n * kept);
        Span<double> next = assembled.Values, keptRows = left[..(kept * n)];
        double[] exponents = [.. Enumerable.Repeat(exponent, kept + Probes)];
        CopyRows(r, order.AsSpan(0, kept), keptRows);
        Transposition.Copy(keptRows, n, turned.Values, kept, kept, n);
        for (int i = 0; i < n; i++)
        {
            turned.Values.Slice(i * kept, kept).CopyTo(next[(units[i] * (kept + Probes))..]);
        }

        ulong drawn = before?._normalsDrawn ?? 0;
        SetProbes(next, kept, r, units, order.AsSpan(kept), drawn);
        if (before is not null)
        {
            AddProbes(next, kept, exponents, read, rank, columns.Exponents);
        }

        isAccurate = AreSmall(next, n, kept, exponents.AsSpan(kept), lengths[order[0]], exponent);
        return kept == rank ? null : new LeadingColumns(
            new PropagatedColumns(jacobian, next, exponents, columns.HasPendingFactor), drawn + (ulong)(Probes * (rank - kept)));
    }

    /// <summary>The norms; null where the probes show that the dropped part is significant.</summary>
    public ProductNorms? Norms()
    {
        Matrix read = Columns.Read(complete: true);
        (Matrix left, double exponent) = Columns.WithOneExponent(read, Rank);
        double norm = SpectralNorm.Of(left.Values, left.Rows, left.Columns);
        return AreSmall(read.Values, read.Rows, Rank, Columns.Exponents[Rank..], norm, exponent)
            ? ProductNorms.Of(norm, VectorNorm.Of(left.Values), exponent)
            : null;
    }

    // The indices of lengths in descending order, ties by index.
    private static int[] Descending(double[] lengths)
    {
        int[] indices = [.. Enumerable.Range(0, lengths.Length)];
        Array.Sort(indices, (i, j) => lengths[i] != lengths[j] ? lengths[j].CompareTo(lengths[i]) : i.CompareTo(j));
        return indices;
    }

    private static double[] Lengths(ReadOnlySpan<double> matrix, int rows)
    {
        int columns = matrix.Length / rows;
        var lengths = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            lengths[i] = VectorNorm.Of(matrix.Slice(i * columns, columns));
        }

        return lengths;
    }

    // Copies as many rows as the target holds.
    private static void CopyRows(ReadOnlySpan<double> matrix, ReadOnlySpan<int> rows, Span<double> target)
    {
        int columns = target.Length / rows.Length;
        for (int i = 0; i < rows.Length; i++)
        {
            matrix.Slice(rows[i] * columns, columns).CopyTo(target[(i * columns)..]);
        }
    }

    // Number of columns to keep, so that all others together are negligible.
    private static int Kept(double[] lengths, int[] order)
    {
        double dropped = 0, limit = DropBelow * lengths[order[0]];
        int kept = lengths.Length;
        while (kept > 1 && dropped + (lengths[order[kept - 1]] * lengths[order[kept - 1]]) <= limit * limit)
        {
            kept--;
            dropped += lengths[order[kept]] * lengths[order[kept]];
        }

        return kept;
    }

    // E·ω of what is dropped now. Its directions are orthogonal, so ω has an independent normal component along each.
    private static void SetProbes(Span<double> next, int kept, ReadOnlySpan<double> r, int[] units, ReadOnlySpan<int> dropped, ulong drawn)
    {
        int n = units.Length;
        var normals = new Philox(0, 1);
        normals.Seek(drawn);
        var images = new Matrix(Probes, n);
        foreach (int column in dropped)
        {
            for (int p = 0; p < Probes; p++)
            {
                TensorPrimitives.MultiplyAdd(r.Slice(column * n, n), normals.NextNormal(), images.Row(p), images.Row(p));
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int p = 0; p < Probes; p++)
            {
                next[(units[i] * (kept + Probes)) + kept + p] = images[p, i];
            }
        }
    }

    // Adds the propagated probes of what was dropped before, at a common exponent.
    private static void AddProbes(
        Span<double> next, int kept, double[] exponents, ReadOnlySpan<double> read, int rank, ReadOnlySpan<double> before)
    {
        int width = kept + Probes;
        for (int p = 0; p < Probes; p++)
        {
            double common = Math.Max(exponents[kept + p], before[rank + p]);
            double now = double.Exp2(exponents[kept + p] - common), then = double.Exp2(before[rank + p] - common);
            for (int i = 0; i < next.Length / width; i++)
            {
                ref double probe = ref next[(i * width) + kept + p];
                probe = (probe * now) + (read[(i * (rank + Probes)) + rank + p] * then);
            }

            exponents[kept + p] = common;
        }
    }

    private static bool AreSmall(ReadOnlySpan<double> columns, int rows, int first, ReadOnlySpan<double> exponents, double norm, double exponent)
    {
        double sum = 0;
        var probe = new double[rows];
        for (int p = 0; p < Probes; p++)
        {
            for (int i = 0; i < probe.Length; i++)
            {
                probe[i] = columns[(i * (first + Probes)) + first + p];
            }

            double ratio = VectorNorm.Of(probe) / norm * double.Exp2(Math.Min(exponents[p] - exponent, 500));
            sum += ratio * ratio;
        }

        return norm > 0 && Math.Sqrt(sum / Probes) <= Tolerance;
    }
}
