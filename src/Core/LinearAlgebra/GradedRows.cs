using System.Numerics.Tensors;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// A matrix diag(2^e)·U of c × n, where the rows of U have a largest magnitude near 1, and e holds one unbounded whole number per row. A row that is
/// hundreds of decades smaller than another keeps all its digits. Each row has an estimate of its error.
/// </summary>
internal sealed class GradedRows
{
    // Rows of a factor that are multiplied at a time, without the zeros to their left.
    private const int Block = 32;

    // A row does not contribute to another where it is smaller by this many bits than R_ii's part of the other.
    private const double Negligible = 64;

    // Up to this many rows are added in one pass, more by a matrix product.
    private const int FewTerms = 64;

    // Powers of two up to this one, and their inverses, are normal doubles.
    private const int MostBits = 1000;

    // Rows with a largest magnitude in this band are not rescaled.
    private const double Lower = 0.25, Upper = 4;

    private readonly double[] _values;
    private readonly double[] _exponents;
    private readonly double[] _scaleErrors;
    private readonly double[] _shapeErrors;
    private readonly double[] _sizes;
    private readonly double[] _largest;
    private readonly double[] _magnitudes; // the largest of each row

    /// <summary>Creates the identity of a size.</summary>
    public GradedRows(int size)
        : this(size, Matrix.Identity(size).Values, size)
    {
    }

    private GradedRows(int columns, double[] values, int count)
    {
        (Columns, Count, _values) = (columns, count, values);
        _exponents = new double[columns];
        _scaleErrors = new double[columns];
        _shapeErrors = new double[columns];
        _sizes = new double[columns];
        _largest = new double[columns];
        _magnitudes = new double[columns];
        NoteMagnitudes(0, count);
    }

    /// <summary>The number n of columns.</summary>
    public int Columns { get; }

    /// <summary>The number c of rows. It can only fall, because rows that are exactly 0 are dropped.</summary>
    public int Count { get; private set; }

    /// <summary>U, c × n, row by row.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count * Columns);

    /// <summary>The base-2 exponents e.</summary>
    public ReadOnlySpan<double> Exponents => _exponents.AsSpan(0, Count);

    /// <summary>Relative error of the length of each row.</summary>
    public Span<double> ScaleErrors => _scaleErrors.AsSpan(0, Count);

    /// <summary>Error of each row in any direction, relative to its length.</summary>
    public Span<double> ShapeErrors => _shapeErrors.AsSpan(0, Count);

    /// <summary>Bytes held.</summary>
    public long Bytes => sizeof(double) * (_values.Length + (6L * Columns));

    /// <summary>The rows of a matrix, without rounding.</summary>
    /// <param name="matrix">U, with no more rows than columns.</param>
    /// <param name="exponents">e, whole numbers.</param>
    public static GradedRows Of(Matrix matrix, ReadOnlySpan<double> exponents)
    {
        var rows = new GradedRows(matrix.Columns, [.. matrix.Values], matrix.Rows);
        exponents.CopyTo(rows._exponents);
        return rows;
    }

    /// <summary>A copy in separate memory.</summary>
    public GradedRows Copy()
    {
        var copy = new GradedRows(Columns, [.. _values], Count);
        _exponents.CopyTo(copy._exponents, 0);
        _scaleErrors.CopyTo(copy._scaleErrors, 0);
        _shapeErrors.CopyTo(copy._shapeErrors, 0);
        return copy;
    }

    /// <summary>Reorders the rows: row i becomes the previous row order[i].</summary>
    public void Permute(ReadOnlySpan<int> order)
    {
        using PooledSpan memory = new(Count * Columns);
        Values.CopyTo(memory.Values);
        for (int i = 0; i < Count; i++)
        {
            memory.Values.Slice(order[i] * Columns, Columns).CopyTo(Row(i));
        }

        foreach (double[] array in (ReadOnlySpan<double[]>)[_exponents, _scaleErrors, _shapeErrors, _magnitudes])
        {
            array.AsSpan(0, Count).CopyTo(_sizes);
            for (int i = 0; i < Count; i++)
            {
                array[i] = _sizes[order[i]];
            }
        }
    }

    /// <summary>Multiplies by R·diag(2^f) from the left. The error estimates stay with their rows. Allocates nothing.</summary>
    /// <param name="r">R, upper trapezoidal, rows × c, row by row, with columns of lengths not far from 1.</param>
    /// <param name="rows">Rows of R, at most c.</param>
    /// <param name="exponents">f, whole numbers, length c.</param>
    public void Multiply(ReadOnlySpan<double> r, int rows, ReadOnlySpan<double> exponents)
    {
        int c = Count;
        TensorPrimitives.Add(Exponents, exponents, _sizes);
        for (int l = c - 1; l >= 0; l--)
        {
            _largest[l] = l == c - 1 ? _sizes[l] : Math.Max(_sizes[l], _largest[l + 1]);
        }

        Span<int> ends = stackalloc int[Block];
        for (int first = 0; first < rows; first += Block)
        {
            // Later blocks do not need the rows that this one overwrites.
            int height = Math.Min(Block, rows - first), reach = 0, longest = 0;
            for (int i = first; i < first + height; i++)
            {
                ends[i - first] = Reach(r, i, c);
                (reach, longest) = (Math.Max(reach, ends[i - first]), Math.Max(longest, ends[i - first] - i));
            }

            if (longest <= FewTerms)
            {
                for (int i = first; i < first + height; i++)
                {
                    AddUp(r.Slice(i * c, c), i, ends[i - first]);
                }
            }
            else
            {
                MultiplyBlock(r, first, height, reach, c);
            }
        }

        Count = rows;
        for (int i = 0; i < rows; i++)
        {
            if (_magnitudes[i] is < Lower or >= Upper)
            {
                int shift = PowerOfTwo.Extract(Row(i));
                _exponents[i] += shift;
                _magnitudes[i] = Math.ScaleB(_magnitudes[i], -shift);
            }
        }
    }

    /// <summary>Whether a row is exactly 0.</summary>
    public bool IsZero(int row) => _magnitudes[row] == 0;

    /// <summary>Keeps only these rows, given in ascending order.</summary>
    public void Keep(ReadOnlySpan<int> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            Row(rows[i]).CopyTo(Row(i));
            _exponents[i] = _exponents[rows[i]];
            _scaleErrors[i] = _scaleErrors[rows[i]];
            _shapeErrors[i] = _shapeErrors[rows[i]];
            _magnitudes[i] = _magnitudes[rows[i]];
        }

        Count = rows.Length;
    }

    private void NoteMagnitudes(int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            _magnitudes[i] = Math.Abs(TensorPrimitives.MaxMagnitude<double>(Row(i)));
        }
    }

    private Span<double> Row(int i) => _values.AsSpan(i * Columns, Columns);

    // The end of the significant part of R's row i. Where R_ii is 0, the whole row is significant.
    private int Reach(ReadOnlySpan<double> r, int i, int c)
    {
        double least = _sizes[i] + Math.ILogB(r[(i * c) + i]) - Negligible;
        int reach = i + 1;
        while (reach < c && _largest[reach] >= least)
        {
            reach++;
        }

        return reach;
    }

    private void MultiplyBlock(ReadOnlySpan<double> r, int first, int height, int reach, int c)
    {
        int inner = reach - first;
        using PooledSpan left = new(height * inner), product = new(height * Columns);
        for (int i = 0; i < height; i++)
        {
            Span<double> row = left.Values.Slice(i * inner, inner);
            r.Slice(((first + i) * c) + first, inner).CopyTo(row);
            _exponents[first + i] = Grade(row[i..], _sizes.AsSpan(first + i));
        }

        MatrixProduct.Multiply(left.Values, _values.AsSpan(first * Columns, inner * Columns), product.Values, height, inner, Columns);
        product.Values.CopyTo(_values.AsSpan(first * Columns));
        NoteMagnitudes(first, height);
    }

    // A sum of a few rows: the rows of a converged frame differ so much in size that few contribute to another.
    private void AddUp(ReadOnlySpan<double> r, int i, int end)
    {
        Span<double> terms = stackalloc double[FewTerms];
        terms = terms[..(end - i)];
        r[i..end].CopyTo(terms);
        double exponent = Grade(terms, _sizes.AsSpan(i)), largest = 0;
        for (int l = 0; l < terms.Length; l++)
        {
            largest = Math.Max(largest, Math.Abs(terms[l]) * _magnitudes[i + l]);
        }

        // Scales the factors, and not the sum afterwards, to a magnitude near 1.
        int shift = largest > 0 && double.IsFinite(largest) ? Math.ILogB(largest) : 0;
        if (shift != 0 && Math.Abs(shift) < MostBits)
        {
            double factor = Math.ScaleB(1, -shift);
            exponent += shift;
            foreach (ref double term in terms)
            {
                term *= factor;
            }
        }

        _exponents[i] = exponent;
        _magnitudes[i] = RowCombination.Replace(_values.AsSpan(i * Columns, terms.Length * Columns), terms, Columns);
    }

    // Scales row by diag(2^exponents) / 2^top and returns top, the largest exponent of a non-zero entry.
    private static double Grade(Span<double> row, ReadOnlySpan<double> exponents)
    {
        double top = double.NegativeInfinity;
        for (int l = 0; l < row.Length; l++)
        {
            if (exponents[l] > top && row[l] != 0)
            {
                top = exponents[l];
            }
        }

        for (int l = 0; l < row.Length && double.IsFinite(top); l++)
        {
            double shift = exponents[l] - top;
            row[l] = shift < -1022 ? 0 : row[l] * BitConverter.Int64BitsToDouble((long)(Math.Min(shift, 0) + 1023) << 52);
        }

        return double.IsFinite(top) ? top : 0;
    }
}
