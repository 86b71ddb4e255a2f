using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// A Jacobian product as A · B · 2^e: A of N × r is what the Jacobians are still applied to, B of r × N stands still. What is dropped when the rank
/// falls is not forgotten: the dropped part E of the product is followed by its images E·ω of a few fixed normal vectors ω, the probes, which are
/// propagated beside A (the sketch of Halko, Martinsson &amp; Tropp 2011, § 4.3: ‖E·ω‖² has the mean ‖E‖_F²).
/// </summary>
internal sealed class LowRankFactors
{
    /// <summary>Number of probes. That all of three fall short of ‖E‖_F by a factor of 100 has a probability of 1e-6.</summary>
    public const int Probes = 3;

    // Of the largest: what is dropped, and what the probes may come to.
    private const double DropBelow = 1e-15, Tolerance = 1e-11;

    private readonly double[] _right;
    private readonly double _exponent;

    private LowRankFactors(PropagatedColumns left, double[] right, double exponent) => (Left, _right, _exponent) = (left, right, exponent);

    /// <summary>A with its exponents, and after its r columns those of the probes.</summary>
    public PropagatedColumns Left { get; }

    /// <summary>r.</summary>
    public int Rank => Left.Count - Probes;

    /// <summary>Bytes held.</summary>
    public long Bytes => Left.Bytes + (sizeof(double) * _right.LongLength);

    /// <summary>
    /// Factors a product and drops what lies below 1e-15 of its largest row; null where that is nothing. The columns given may be read no more.
    /// </summary>
    /// <param name="jacobian">Of the network.</param>
    /// <param name="columns">The product's own N columns, or A and the probes.</param>
    /// <param name="before">The factors so far; null where the columns are the product.</param>
    /// <param name="isHonest">False where the probes have come to lead: the factors are not to be used.</param>
    public static LowRankFactors? Factor(RecurrentJacobian jacobian, PropagatedColumns columns, LowRankFactors? before, out bool isHonest)
    {
        int n = columns.HiddenSize, all = columns.Count, rank = before?.Rank ?? n;
        Matrix read = columns.Read(complete: false);
        (Matrix left, double exponent) = columns.WithOneExponent(read, rank);
        double[] q = left.Values;
        exponent += before?._exponent ?? 0;
        double[] right = Orthonormalise(q, n, rank, before?._right);
        exponent += PowerOfTwo.Extract(right);

        // Rows of B tell how much of the product each column of Q carries: the smallest go, as many as together do not count.
        var norms = new double[rank];
        for (int i = 0; i < rank; i++)
        {
            norms[i] = VectorNorm.Of(right.AsSpan(i * n, n));
        }

        int[] order = [.. Enumerable.Range(0, rank).OrderByDescending(i => norms[i])];
        double largest = norms[order[0]], dropped = 0;
        int kept = rank;
        while (kept > 1 && Math.Sqrt(dropped + (norms[order[kept - 1]] * norms[order[kept - 1]])) <= DropBelow * largest)
        {
            kept--;
            dropped += norms[order[kept]] * norms[order[kept]];
        }

        var probes = new Matrix(n, Probes);
        var exponents = new double[Probes];
        if (before is not null)
        {
            CopyColumns(read.Values, all, rank, probes.Values, Probes, 0, Probes, n);
            columns.Exponents[rank..].CopyTo(exponents);
        }

        AddDropped(probes, exponents, q, right, n, rank, order.AsSpan(kept), exponent);
        isHonest = largest > 0 && ProbesAreSmall(probes, exponents, largest, exponent);
        return kept == rank ? null : new LowRankFactors(
            Assemble(jacobian, q, probes, exponents, n, rank, order.AsSpan(0, kept), columns.OwesWeights),
            [.. order.Take(kept).SelectMany(i => right.AsSpan(i * n, n).ToArray())],
            exponent);
    }

    /// <summary>The norms; null where the probes say that what was dropped may count.</summary>
    /// <param name="vector">Length N.</param>
    public ProductNorms? Norms(ReadOnlySpan<double> vector)
    {
        int n = Left.HiddenSize, all = Left.Count, rank = Rank;
        Matrix read = Left.Read(complete: true);
        (Matrix left, double exponent) = Left.WithOneExponent(read, rank);
        double[] q = left.Values;
        exponent += _exponent;
        double[] image = new double[rank], carried = new double[n];
        MatrixVector.MultiplyTransposed(q, vector, image);
        MatrixVector.MultiplyTransposed(_right, image, carried);

        // A·B has the singular values of R·B, where A = Q·R; transposed it is tall, and the iteration's space is no larger than the rank.
        double[] right = Orthonormalise(q, n, rank, _right);
        double[] tall = new Matrix(rank, n, right).Transpose().Values;
        double spectral = SpectralNorm.Of(tall, n, rank);
        var probes = new Matrix(n, Probes);
        CopyColumns(read.Values, all, rank, probes.Values, Probes, 0, Probes, n);
        if (!(spectral > 0 && ProbesAreSmall(probes, Left.Exponents[rank..], spectral, exponent)))
        {
            return null;
        }

        return new ProductNorms(Log10(spectral, exponent), Log10(VectorNorm.Of(right), exponent), Log10(VectorNorm.Of(carried), exponent));
    }

    /// <summary>A · B as a matrix without the power of two that is returned beside it.</summary>
    public (Matrix Values, double Exponent) Form()
    {
        int n = Left.HiddenSize;
        (Matrix left, double exponent) = Left.WithOneExponent(Left.Read(complete: true), Rank);
        var product = new Matrix(n, n);
        MatrixProduct.Multiply(left.Values, _right, product.Values, n, Rank, n);
        return (product, exponent + _exponent);
    }

    private static double Log10(double norm, double exponent) => Math.Log10(norm) + (exponent * PowerOfTwo.Log10);

    // A becomes Q; R·B is returned.
    private static double[] Orthonormalise(double[] a, int n, int rank, double[]? right)
    {
        double[] r = new double[rank * rank], workspace = new double[ThinQr.WorkspaceLength(n, rank)];
        ThinQr.Factor(a, r, n, rank, workspace);
        if (right is null)
        {
            return r;
        }

        var result = new double[rank * n];
        MatrixProduct.Multiply(r, right, result, rank, rank, n);
        return result;
    }

    // e ← e + Q_d (B_d ω) for each probe.
    private static void AddDropped(Matrix probes, double[] exponents, double[] q, double[] right, int n, int rank, ReadOnlySpan<int> dropped, double exponent)
    {
        var omega = new double[n];
        var normals = new Philox(0, 1);
        for (int p = 0; p < Probes; p++)
        {
            normals.FillNormal(omega);
            var image = new double[n];
            foreach (int row in dropped)
            {
                double component = TensorPrimitives.Dot<double>(right.AsSpan(row * n, n), omega);
                for (int i = 0; i < n; i++)
                {
                    image[i] += q[(i * rank) + row] * component;
                }
            }

            bool hadNone = true;
            for (int i = 0; i < n && hadNone; i++)
            {
                hadNone = probes[i, p] == 0;
            }

            double common = hadNone ? exponent : Math.Max(exponent, exponents[p]);
            double old = hadNone ? 0 : double.Exp2(exponents[p] - common), added = double.Exp2(exponent - common);
            for (int i = 0; i < n; i++)
            {
                probes[i, p] = (probes[i, p] * old) + (image[i] * added);
            }

            exponents[p] = common;
        }
    }

    private static bool ProbesAreSmall(Matrix probes, ReadOnlySpan<double> exponents, double norm, double exponent)
    {
        double sum = 0;
        var probe = new double[probes.Rows];
        for (int p = 0; p < Probes; p++)
        {
            for (int i = 0; i < probe.Length; i++)
            {
                probe[i] = probes[i, p];
            }

            double ratio = VectorNorm.Of(probe) / norm * double.Exp2(Math.Min(exponents[p] - exponent, 1000));
            sum += ratio * ratio;
        }

        return Math.Sqrt(sum / Probes) <= Tolerance;
    }

    private static PropagatedColumns Assemble(
        RecurrentJacobian jacobian, double[] q, Matrix probes, double[] exponents, int n, int rank, ReadOnlySpan<int> kept, bool owesWeights)
    {
        int all = kept.Length + Probes;
        var values = new double[n * all];
        for (int j = 0; j < kept.Length; j++)
        {
            CopyColumns(q, rank, kept[j], values, all, j, 1, n);
        }

        CopyColumns(probes.Values, Probes, 0, values, all, kept.Length, Probes, n);
        return new PropagatedColumns(jacobian, values, [.. new double[kept.Length], .. exponents], owesWeights);
    }

    private static void CopyColumns(double[] source, int sourceColumns, int from, double[] target, int targetColumns, int to, int count, int rows)
    {
        for (int i = 0; i < rows; i++)
        {
            source.AsSpan((i * sourceColumns) + from, count).CopyTo(target.AsSpan((i * targetColumns) + to));
        }
    }
}
