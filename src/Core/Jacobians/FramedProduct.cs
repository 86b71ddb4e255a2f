using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// A Jacobian product as P = Q·T: Q the frame, N × c with orthonormal columns, T of c × N with graded rows, c the rank as far as exact zeros tell it.
/// So P has the singular values of T. A block of steps, M = J_k ⋯ J_1 Q = Q' R, makes Q' the frame and R·T the rows.
/// </summary>
/// <remarks>
/// The columns of M turn towards the direction that grows most, and rounding with them: R_ii, of the size e^{k λ_i}, has an error of an ulp of
/// ‖J‖ times the length of its column, up to e^{k λ_1}. That ratio is measured at every block, and summed up for every row of T.
/// </remarks>
internal sealed class FramedProduct
{
    /// <summary>What a step's rounding comes to at most, as a part of ‖J‖ and the length of a column: an ulp for each of some sums.</summary>
    public const double Rounding = 4.0 / (1L << 53);

    // A column of M·diag(row lengths of T) that is longer than one before it by so many bits goes before it.
    private const double OutOfOrder = 10;

    // 2^-400: two such numbers and a weight make a product that a double holds.
    private const double Tiny = 4e-121;

    private readonly RecurrentJacobian _jacobian;
    private readonly int _size;
    private readonly double[] _frame;
    private readonly double[] _growth;
    private readonly Column[] _measured;
    private readonly int[] _order;
    private GradedRows _rows;
    private PropagatedColumns _columns;
    private bool _owesWeights;

    /// <summary>P_0 = I, in the frame I.</summary>
    public FramedProduct(RecurrentJacobian jacobian)
        : this(jacobian, new GradedRows(jacobian.Weights.Size), PropagatedColumns.Identity(jacobian)) =>
        Matrix.Identity(_size).Values.CopyTo(_frame, 0);

    private FramedProduct(RecurrentJacobian jacobian, GradedRows rows, PropagatedColumns columns)
    {
        (_jacobian, _size, _rows, _columns) = (jacobian, jacobian.Weights.Size, rows, columns);
        RankBound = _size;
        _frame = new double[_size * _size];
        _growth = new double[_size];
        _measured = new Column[_size];
        _order = new int[_size];
    }

    /// <summary>T, but for a power of two: that of <see cref="Exponent"/>.</summary>
    public GradedRows Rows => _rows;

    /// <summary>The power of two that the slopes of all steps lack.</summary>
    public double Exponent { get; private set; }

    /// <summary>Number of steps.</summary>
    public int Steps { get; private set; }

    /// <summary>Σ ln R_ii over the blocks, length c.</summary>
    public ReadOnlySpan<double> Growth => _growth.AsSpan(0, _rows.Count);

    /// <summary>The rank that zero slopes leave at most.</summary>
    public int RankBound { get; private set; }

    /// <summary>
    /// Whether zeros may be numbers too small for a double, or what rounding has left, so that <see cref="RankBound"/> alone tells which singular
    /// values are exactly 0.
    /// </summary>
    public bool ZerosAreInDoubt { get; private set; }

    /// <summary>Whether the frame alone is carried, without its T.</summary>
    public bool IsSettling { get; set; }

    /// <summary>Bytes held.</summary>
    public long Bytes => (sizeof(double) * (long)_frame.Length) + _rows.Bytes + _columns.Bytes;

    /// <summary>The same in memory of its own, but for what a block works in.</summary>
    public FramedProduct Copy()
    {
        var copy = new FramedProduct(_jacobian, _rows.Copy(), _columns)
        {
            _owesWeights = _owesWeights,
            Exponent = Exponent,
            Steps = Steps,
            IsSettling = IsSettling,
            RankBound = RankBound,
            ZerosAreInDoubt = ZerosAreInDoubt,
        };
        _frame.CopyTo(copy._frame, 0);
        _growth.CopyTo(copy._growth, 0);
        return copy;
    }

    /// <summary>Makes the frame as it stands that of the product's start.</summary>
    public void Begin()
    {
        _rows = new GradedRows(_size);
        _growth.AsSpan().Clear();
        (Exponent, Steps, IsSettling, RankBound) = (0, 0, false, _size);
        ZerosAreInDoubt = HoldsTiny(_frame);
    }

    /// <summary>Applies a block of steps, unless it turns out to be too long; returns the largest relative error that one R_ii may have.</summary>
    /// <param name="slopes">Of the steps, length N each, one after the other.</param>
    /// <param name="exponent">The power of two that all of them together lack.</param>
    /// <param name="allowed">The error up to which the block is applied; beyond, nothing has changed.</param>
    /// <param name="hopeless">The sum of errors from which on a row does not count any more.</param>
    public double Apply(ReadOnlySpan<double> slopes, double exponent, double allowed, double hopeless)
    {
        int steps = slopes.Length / _size;
        double error = _rows.Count > 0 ? Multiply(slopes, steps, allowed, hopeless) : 0;
        if (error <= allowed)
        {
            (Exponent, Steps) = (Exponent + exponent, Steps + steps);
            ZerosAreInDoubt |= HoldsTiny(slopes) || HoldsTiny(_frame.AsSpan(0, _size * _rows.Count));
            for (int step = 0; step < steps; step++)
            {
                RankBound = Math.Min(RankBound, _size - slopes.Slice(step * _size, _size).Count(0));
            }
        }

        return error;
    }

    /// <summary>
    /// Applies the W that is owed, so that the frame is that of the state itself, and makes the frame as orthogonal as reflections can.
    /// </summary>
    public void Complete()
    {
        if (_rows.Count > 0)
        {
            Load();
            Factor(complete: true, 0, double.PositiveInfinity, double.PositiveInfinity);
        }
    }

    private double Multiply(ReadOnlySpan<double> slopes, int steps, double allowed, double hopeless)
    {
        Load();
        double most = 0;
        for (int step = 0; step < steps; step++)
        {
            NoteSizes();
            _columns.Advance(slopes.Slice(step * _size, _size), 0);
            most = Math.Max(most, NoteRatios(_columns.Maxima));
        }

        return Factor(complete: false, most, allowed, hopeless);
    }

    // Whether there is a number, not 0, whose product with another such one may be too small for a double.
    private static bool HoldsTiny(ReadOnlySpan<double> values)
    {
        Vector256<double> found = default;
        ref double first = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + Vector256<double>.Count <= values.Length; i += Vector256<double>.Count)
        {
            Vector256<double> magnitudes = Vector256.Abs(Vector256.LoadUnsafe(ref first, (nuint)i));
            found |= Vector256.LessThan(magnitudes, Vector256.Create(Tiny)) & Vector256.GreaterThan(magnitudes, Vector256<double>.Zero);
        }

        bool holds = found != Vector256<double>.Zero;
        for (; i < values.Length; i++)
        {
            holds |= values[i] != 0 && Math.Abs(values[i]) < Tiny;
        }

        return holds;
    }

    private void Load()
    {
        ReadOnlySpan<double> frame = _frame.AsSpan(0, _size * _rows.Count);
        using PooledSpan zeros = new(_rows.Count);
        zeros.Values.Clear();
        if (_columns.Count == _rows.Count)
        {
            _columns.Load(frame, zeros.Values, _owesWeights);
        }
        else
        {
            _columns = new PropagatedColumns(_jacobian, frame, zeros.Values, _owesWeights);
        }
    }

    // Q', R and T of M; the error, as Apply returns it.
    private double Factor(bool complete, double most, double allowed, double hopeless)
    {
        int n = _size, c = _rows.Count;
        using PooledSpan memory = new(n * c), triangle = new(c * c), shifts = new(c);
        Span<double> m = memory.Values, r = triangle.Values, exponents = shifts.Values;
        if (complete)
        {
            NoteSizes();
        }

        _columns.Read(complete, m);
        _columns.Exponents.CopyTo(exponents);
        if (complete)
        {
            using PooledSpan maxima = new(c);
            maxima.Values.Clear();
            for (int i = 0; i < n; i++)
            {
                TensorPrimitives.MaxMagnitude(m.Slice(i * c, c), maxima.Values, maxima.Values);
            }

            TensorPrimitives.Abs(maxima.Values, maxima.Values);
            most = NoteRatios(maxima.Values);
        }

        bool isSorted = IsSettling || NoteOrder();
        if (!isSorted)
        {
            PermuteColumns(m, c);
            PermuteColumns(exponents, c);
        }

        int rank = Orthonormalisation.Factor(m, r, n, c, exactly: complete, dropsZeros: !IsSettling);
        double worst = NoteErrors(r, rank, exponents, most, isSorted, hopeless);
        if (worst > allowed)
        {
            return worst;
        }

        _owesWeights = _columns.OwesWeights && !complete;
        m[..(n * rank)].CopyTo(_frame);
        if (!isSorted)
        {
            _rows.Permute(_order.AsSpan(0, c));
        }

        AddErrors(rank, exponents);
        for (int i = 0; i < rank; i++)
        {
            _growth[i] += Math.Log(r[(i * c) + i]) + (exponents[i] * Math.Log(2));
        }

        if (!IsSettling)
        {
            _rows.Multiply(r, rank, exponents);
            DropZeros();
        }

        return worst;
    }

    private void NoteSizes()
    {
        for (int l = 0; l < _rows.Count; l++)
        {
            _measured[l].Maximum = _columns.Maxima[l];
            _measured[l].Exponent = _columns.Exponents[l];
        }
    }

    // How much a step has lengthened each column; the largest of all stands for ‖J‖.
    private double NoteRatios(ReadOnlySpan<double> maxima)
    {
        double most = 0;
        for (int l = 0; l < _rows.Count; l++)
        {
            ref Column column = ref _measured[l];
            double shift = _columns.Exponents[l] - column.Exponent;
            column.Ratio = column.Maximum == 0 ? 0 : maxima[l] / column.Maximum * (shift == 0 ? 1 : double.Exp2(shift));
            (column.Maximum, column.Exponent) = (maxima[l], _columns.Exponents[l]);
            most = Math.Max(most, column.Ratio);
        }

        return most;
    }

    // The order of the columns of M·diag(row lengths of T), the longest first; true where they are in it as they stand, or nearly so.
    private bool NoteOrder()
    {
        int c = _rows.Count;
        double shortest = double.PositiveInfinity;
        bool isSorted = true;
        for (int l = 0; l < c; l++)
        {
            ref Column column = ref _measured[l];
            column.Size = column.Maximum == 0 ? double.NegativeInfinity : Math.Log2(column.Maximum) + column.Exponent + _rows.Exponents[l];
            isSorted &= !(column.Size > shortest + OutOfOrder);
            shortest = Math.Min(shortest, column.Size);
            _order[l] = l;
        }

        if (!isSorted)
        {
            Array.Sort(_order, 0, c, Comparer<int>.Create((i, j) =>
                _measured[i].Size != _measured[j].Size ? _measured[j].Size.CompareTo(_measured[i].Size) : i.CompareTo(j)));
        }

        return isSorted;
    }

    private void PermuteColumns(Span<double> matrix, int c)
    {
        using PooledSpan row = new(c);
        for (int start = 0; start < matrix.Length; start += c)
        {
            matrix.Slice(start, c).CopyTo(row.Values);
            for (int l = 0; l < c; l++)
            {
                matrix[start + l] = row.Values[_order[l]];
            }
        }
    }

    // Of each column, in the new order: the error that its entries in R may have, and that of R_ii as a part of it. An error also turns the frame: a
    // direction takes some of a later one's growth, by as much as R's row is longer than R_ii.
    private double NoteErrors(ReadOnlySpan<double> r, int rank, ReadOnlySpan<double> exponents, double most, bool isSorted, double hopeless)
    {
        int c = exponents.Length;
        using PooledSpan squares = new(c), factors = new(c), scaled = new(c);
        squares.Values.Clear();
        double largest = TensorPrimitives.Max(exponents);
        for (int l = 0; l < c; l++)
        {
            factors.Values[l] = exponents[l] == largest ? 1 : double.Exp2(exponents[l] - largest);
        }

        for (int i = 0; i < rank; i++)
        {
            ReadOnlySpan<double> row = r.Slice((i * c) + i, c - i);
            TensorPrimitives.MultiplyAdd(row, row, squares.Values[i..], squares.Values[i..]);
            TensorPrimitives.Multiply(row, factors.Values[i..], scaled.Values);
            _measured[i].RowLength = TensorPrimitives.Norm<double>(scaled.Values[..(c - i)]) / factors.Values[i];
        }

        double worst = 0;
        for (int l = 0; l < c; l++)
        {
            int before = isSorted ? l : _order[l];
            double ratio = _measured[before].Ratio, diagonal = l < rank ? r[(l * c) + l] : 0;
            ref Column column = ref _measured[l];
            column.Absolute = Rounding * Math.Sqrt(squares.Values[l]) * Math.Max(1, ratio > 0 ? most / ratio : 1);
            column.Diagonal = diagonal;
            column.Relative = column.Absolute == 0 ? 0 : column.Absolute / diagonal * Math.Max(1, column.RowLength / diagonal);
            if (l < rank && _rows.ScaleErrors[before] < hopeless)
            {
                worst = Math.Max(worst, column.Relative);
            }
        }

        return worst;
    }

    // Errors of later columns come to a row by way of later rows, and have their directions.
    private void AddErrors(int rank, ReadOnlySpan<double> exponents)
    {
        double later = double.NegativeInfinity;
        for (int l = _rows.Count - 1; l >= 0; l--)
        {
            double size = exponents[l] + _rows.Exponents[l];
            if (l < rank)
            {
                double own = Math.Log2(_measured[l].Diagonal) + size;
                _rows.ScaleErrors[l] += _measured[l].Relative;
                _rows.ShapeErrors[l] += Rounding + (later == own ? 1 : Math.Min(1, double.Exp2(later - own)));
            }

            later = Math.Max(later, Math.Log2(_measured[l].Absolute) + size);
        }
    }

    // A direction of the frame that nothing is sent to is none of P's.
    private void DropZeros()
    {
        int c = _rows.Count, kept = 0;
        for (int i = 0; i < c; i++)
        {
            if (!_rows.IsZero(i))
            {
                _growth[kept] = _growth[i];
                _order[kept++] = i;
            }
            else
            {
                ZerosAreInDoubt |= _measured[i].Absolute > 0; // only a column of zeros makes a zero that is exact
            }
        }

        if (kept == c)
        {
            return;
        }

        _rows.Keep(_order.AsSpan(0, kept));
        for (int i = 0; i < _size; i++)
        {
            for (int l = 0; l < kept; l++)
            {
                _frame[(i * kept) + l] = _frame[(i * c) + _order[l]];
            }
        }
    }

    private struct Column
    {
        public double Maximum;
        public double Exponent;
        public double Ratio;
        public double Size;
        public double Absolute;
        public double Relative;
        public double Diagonal;
        public double RowLength;
    }
}
