using System.Numerics.Tensors;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// The singular values of graded rows by one-sided Jacobi rotations, which orthogonalise two rows at a time until all are orthogonal (Hestenes 1958;
/// Demmel &amp; Veselić 1992, "Jacobi's method is more accurate than QR"). Each has a relative error of a few ulp times the condition number of U,
/// independent of the exponents of the rows.
/// </summary>
internal sealed class GradedSingularValues
{
    // Where a row is shorter than another by this many bits, orthogonalising the two does not change the other.
    private const double Apart = 30;

    // A few sweeps are enough; this many do not occur in practice.
    private const int MostSweeps = 60;

    // A row's error is represented by this many numbers of random sign that are rotated with the row, so that errors combine as they would.
    private const int Probes = 8;

    private const double Ulp = 1.0 / (1L << 53);

    private readonly int _columns;
    private readonly double[] _values;
    private readonly double[] _exponents;
    private readonly double[] _squares;
    private readonly double[] _sizes;
    private readonly double[] _scaleErrors;

    private GradedSingularValues(GradedRows rows)
    {
        _columns = rows.Columns;
        _values = new double[rows.Count * (_columns + Probes)];
        _exponents = rows.Exponents.ToArray();
        _squares = new double[rows.Count];
        _sizes = new double[rows.Count];
        _scaleErrors = rows.ScaleErrors.ToArray();
        var signs = new Philox(0, 2);
        for (int i = 0; i < rows.Count; i++)
        {
            ReadOnlySpan<double> row = rows.Values.Slice(i * _columns, _columns);
            row.CopyTo(Row(i));
            double error = (rows.ShapeErrors[i] + (8 * Ulp)) * VectorNorm.Of(row) / Math.Sqrt(Probes);
            foreach (ref double probe in Whole(i)[_columns..])
            {
                probe = signs.NextUniform() < 0.5 ? -error : error;
            }

            Measure(i);
        }
    }

    /// <summary>log2 σ_i and an estimate of the relative error of σ_i, one per row, σ descending.</summary>
    /// <param name="rows">The rows; unchanged.</param>
    /// <param name="cancellation">Checked between sweeps.</param>
    public static (double[] Log2, double[] Errors) Of(GradedRows rows, CancellationToken cancellation = default)
    {
        var jacobi = new GradedSingularValues(rows);
        int[] order = [.. Enumerable.Range(0, rows.Count)];
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            cancellation.ThrowIfCancellationRequested();
            jacobi.Sort(order);
            if (!jacobi.Sweep(order))
            {
                break;
            }
        }

        jacobi.Sort(order);
        return ([.. order.Select(i => jacobi._sizes[i])], [.. order.Select(jacobi.Error)]);
    }

    private void Sort(int[] order) =>
        Array.Sort(order, (i, j) => _sizes[i] != _sizes[j] ? _sizes[j].CompareTo(_sizes[i]) : i.CompareTo(j));

    // Rotates every pair once, the longer row first; false where all were orthogonal.
    private bool Sweep(int[] order)
    {
        double tolerance = Math.Max(8, _columns) * Ulp;
        bool turned = false;
        for (int p = 0; p < order.Length; p++)
        {
            for (int q = p + 1; q < order.Length; q++)
            {
                int i = order[p], j = order[q];
                double dot = TensorPrimitives.Dot<double>(Row(i), Row(j));
                if (Math.Abs(dot) > tolerance * Math.Sqrt(_squares[i] * _squares[j]))
                {
                    Turn(i, j, dot);
                    turned = true;
                }
            }
        }

        return turned;
    }

    private void Turn(int i, int j, double dot)
    {
        Span<double> x = Whole(i), y = Whole(j);
        double bits = _sizes[j] - _sizes[i];
        if (bits < -Apart)
        {
            double part = dot / _squares[i];
            TensorPrimitives.MultiplyAdd(x, -part, y, y);
            Measure(j);
            return;
        }

        // Orthogonalises x and s·y, where s is the power of two between their exponents.
        double s = double.Exp2(_exponents[j] - _exponents[i]);
        double zeta = ((_squares[j] * s * s) - _squares[i]) / (2 * dot * s);
        double t = Math.CopySign(1, zeta) / (Math.Abs(zeta) + Math.Sqrt(1 + (zeta * zeta)));
        double cosine = 1 / Math.Sqrt(1 + (t * t)), sine = cosine * t;
        double ofY = -sine * s, ofX = sine / s;
        for (int k = 0; k < x.Length; k++)
        {
            (x[k], y[k]) = ((cosine * x[k]) + (ofY * y[k]), (ofX * x[k]) + (cosine * y[k]));
        }

        double difference = sine * sine * (_scaleErrors[j] - _scaleErrors[i]);
        (_scaleErrors[i], _scaleErrors[j]) = (_scaleErrors[i] + difference, _scaleErrors[j] - difference);
        Measure(i);
        Measure(j);
    }

    // Computes the length of a row and rescales it where it is far from 1.
    private void Measure(int i)
    {
        _squares[i] = TensorPrimitives.SumOfSquares<double>(Row(i));
        if (_squares[i] is < 1e-6 or > 1e12)
        {
            int shift = PowerOfTwo.Extract(Row(i));
            _exponents[i] += shift;
            TensorPrimitives.Multiply(Whole(i)[_columns..], Math.ScaleB(1, -shift), Whole(i)[_columns..]);
            _squares[i] = TensorPrimitives.SumOfSquares<double>(Row(i));
        }

        _sizes[i] = _exponents[i] + (0.5 * Math.Log2(_squares[i]));
    }

    private double Error(int i) => _scaleErrors[i] + (VectorNorm.Of(Whole(i)[_columns..]) / Math.Sqrt(_squares[i]));

    private Span<double> Row(int i) => Whole(i)[.._columns];

    // The row followed by its probes.
    private Span<double> Whole(int i) => _values.AsSpan(i * (_columns + Probes), _columns + Probes);
}
