using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians;

/// <summary>Measures the columns of a block of steps M = J_k ⋯ J_1 Q = Q' R: their lengths, their growth per step, and the resulting rounding errors.</summary>
/// <remarks>
/// The columns of M turn towards the direction that grows most, and so do their rounding errors: R_ii, of size e^{k λ_i}, has an error of an ulp of ‖J‖ times
/// the length of its column, up to e^{k λ_1}. That ratio is measured for every block and summed for every row of T.
/// </remarks>
/// <param name="size">Largest number of columns.</param>
internal sealed class MeasuredColumns(int size)
{
    /// <summary>Upper bound of a step's rounding error relative to ‖J‖ times a column's length: an ulp for each of some sums.</summary>
    public const double Rounding = 4.0 / (1L << 53);

    // A column of M·diag(row lengths of T) is moved before an earlier one that is shorter by this many bits.
    private const double OutOfOrderBits = 10;

    // A row consists mostly of later rows where its own part is shorter by this many bits.
    private const double MinorPartBits = 6;

    // A row of T is longer than its exponent by at most about this many bits.
    private const double RowBits = 1;

    // An error that is smaller by this many bits than a row is nothing beside the row's own rounding.
    private const double NegligibleBits = 70;

    // Columns whose exponents differ by more bits leave the range of a double.
    private const double MostBits = 1000;

    // A column that one step shortens by this factor relative to the longest has lost digits, whatever later steps do.
    private const double Shortened = 1 << 30;

    private readonly Column[] _columns = new Column[size];
    private double _largestRatio;

    /// <summary>Begins a block with the columns' largest magnitudes.</summary>
    public void Begin(ReadOnlySpan<double> maxima)
    {
        _largestRatio = 0;
        for (int l = 0; l < maxima.Length; l++)
        {
            (_columns[l].Maximum, _columns[l].Exponent, _columns[l].LargestLoss) = (maxima[l], 0, 1);
        }
    }

    /// <summary>Records a step with the columns' new magnitudes and exponents. The largest ratio of new to old stands for ‖J‖.</summary>
    public void Advance(ReadOnlySpan<double> maxima, ReadOnlySpan<double> exponents)
    {
        double largest = 0;
        for (int l = 0; l < maxima.Length; l++)
        {
            ref Column column = ref _columns[l];
            double shift = exponents[l] - column.Exponent;
            column.Ratio = column.Maximum == 0 ? 0 : maxima[l] / column.Maximum * (shift == 0 ? 1 : double.Exp2(shift));
            if (column.Ratio == 0 && maxima[l] != 0 && column.Maximum != 0)
            {
                column.Ratio = double.Epsilon; // the ratio is below the range of a double, but the column is not 0
            }

            (column.Maximum, column.Exponent) = (maxima[l], exponents[l]);
            largest = Math.Max(largest, column.Ratio);
        }

        _largestRatio = Math.Max(_largestRatio, largest);
        for (int l = 0; l < maxima.Length; l++)
        {
            ref Column column = ref _columns[l];
            column.LargestLoss = column.Ratio > 0 ? Math.Max(column.LargestLoss, largest / column.Ratio) : column.LargestLoss;
        }
    }

    /// <summary>The columns of M·diag(row lengths of T) in descending order of length; empty where they are already in that order or nearly so.</summary>
    /// <param name="rowExponents">Exponents of T's rows.</param>
    /// <param name="order">Receives the order.</param>
    public ReadOnlySpan<int> Order(ReadOnlySpan<double> rowExponents, int[] order)
    {
        int c = rowExponents.Length;
        double shortest = double.PositiveInfinity;
        bool isSorted = true;
        for (int l = 0; l < c; l++)
        {
            ref Column column = ref _columns[l];
            column.Size = column.Maximum == 0 ? double.NegativeInfinity : Math.Log2(column.Maximum) + column.Exponent + rowExponents[l];
            isSorted &= !(column.Size > shortest + OutOfOrderBits);
            shortest = Math.Min(shortest, column.Size);
            order[l] = l;
        }

        if (isSorted)
        {
            return [];
        }

        Array.Sort(order, 0, c, Comparer<int>.Create((i, j) =>
            _columns[i].Size != _columns[j].Size ? _columns[j].Size.CompareTo(_columns[i].Size) : i.CompareTo(j)));
        return order.AsSpan(0, c);
    }

    /// <summary>Records the errors of R's columns; returns the largest relative error of an R_ii.</summary>
    /// <param name="r">R, rank × c, row by row, its columns in the new order.</param>
    /// <param name="rank">Rows of R.</param>
    /// <param name="exponents">Exponents of its columns.</param>
    /// <param name="order">The result of <see cref="Order"/>, or empty.</param>
    /// <param name="scaleErrors">Scale errors of T's rows, in the previous order.</param>
    /// <param name="ignoreBeyond">Error beyond which a row is ignored.</param>
    public double NoteErrors(
        ReadOnlySpan<double> r, int rank, ReadOnlySpan<double> exponents, ReadOnlySpan<int> order, ReadOnlySpan<double> scaleErrors, double ignoreBeyond)
    {
        int c = exponents.Length;
        using PooledSpan squares = new(c), factors = new(c);
        squares.Values.Clear();
        double largest = TensorPrimitives.Max(exponents);
        for (int l = 0; l < c; l++)
        {
            factors.Values[l] = exponents[l] == largest ? 1 : double.Exp2(exponents[l] - largest);
        }

        for (int i = 0; i < rank; i++)
        {
            ReadOnlySpan<double> row = r.Slice((i * c) + i, c - i);
            double length = AddSquares(row, factors.Values[i..], squares.Values[i..]);
            if (exponents[i] - largest < -MostBits)
            {
                _columns[i].RowLength = RowLength(row, exponents[i..]); // the column's own factor would be 0 or denormal
                continue;
            }

            _columns[i].RowLength = length / factors.Values[i];
        }

        // An error also rotates the frame: a direction takes part in a later one's growth, by the length of R's row relative to R_ii.
        double worst = 0;
        for (int l = 0; l < c; l++)
        {
            int before = order.IsEmpty ? l : order[l];
            double ratio = _columns[before].Ratio, diagonal = l < rank ? r[(l * c) + l] : 0;
            ref Column column = ref _columns[l];
            double loss = Math.Max(1, ratio > 0 ? _largestRatio / ratio : 1), earlier = _columns[before].LargestLoss;
            column.Absolute = Rounding * Math.Sqrt(squares.Values[l]) * (earlier > Shortened ? Math.Max(loss, earlier) : loss);
            column.Diagonal = diagonal;
            column.Relative = column.Absolute == 0 ? 0
                : diagonal == 0 ? double.PositiveInfinity
                : column.Absolute / diagonal * Math.Max(1, column.RowLength / diagonal);
            if (l < rank && scaleErrors[before] < ignoreBeyond)
            {
                worst = Math.Max(worst, column.Relative);
            }
        }

        return worst;
    }

    /// <summary>Whether a column, in the new order, may have an error: whether it is not a column of zeros.</summary>
    public bool HasError(int column) => _columns[column].Absolute > 0;

    /// <summary>Adds the errors to those of T's rows, after R has multiplied T.</summary>
    /// <remarks>
    /// Errors of later columns reach a row through later rows and have their directions. A row with a negligible R_ii of its own consists mostly of later
    /// rows: it has their errors, and R_ii's as one more direction.
    /// </remarks>
    /// <param name="rows">T.</param>
    /// <param name="r">R, as in <see cref="NoteErrors"/>.</param>
    /// <param name="rank">Rows of R.</param>
    /// <param name="exponents">Exponents of its columns.</param>
    /// <param name="before">Exponents of T's rows before the multiplication, in the new order.</param>
    /// <param name="isSettling">Whether only the frame is propagated and T is unchanged.</param>
    public void AddErrors(
        GradedRows rows, ReadOnlySpan<double> r, int rank, ReadOnlySpan<double> exponents, ReadOnlySpan<double> before, bool isSettling)
    {
        int c = exponents.Length;
        double later = double.NegativeInfinity;
        for (int l = c - 1; l >= 0; l--)
        {
            double size = exponents[l] + before[l], error = Math.Log2(_columns[l].Absolute) + size + RowBits;
            if (l < rank)
            {
                double own = Math.Log2(_columns[l].Diagonal) + size;
                double whole = isSettling ? own : Math.Max(own, rows.Exponents[l]);
                double scale = rows.ScaleErrors[l] + _columns[l].Relative;
                if (own < whole - MinorPartBits)
                {
                    scale = 0;
                    for (int k = l + 1; k < rank; k++)
                    {
                        double part = double.Exp2(exponents[k] + before[k] - whole) * Math.Abs(r[(l * c) + k]);
                        scale = part == 0 ? scale : Math.Max(scale, Math.Min(part, 1) * rows.ScaleErrors[k]);
                    }

                    rows.ShapeErrors[l] += Math.Min(1, double.Exp2(error - whole));
                }

                rows.ScaleErrors[l] = scale;
                rows.ShapeErrors[l] += Rounding + (later == whole ? 1 : later - whole < -NegligibleBits ? 0 : Math.Min(1, double.Exp2(later - whole)));
            }

            later = Math.Max(later, error);
        }
    }

    // Adds the squares of a row to those of the columns; returns the length of row·diag(factors).
    private static double AddSquares(ReadOnlySpan<double> row, ReadOnlySpan<double> factors, Span<double> squares)
    {
        ref double x = ref MemoryMarshal.GetReference(row), factor = ref MemoryMarshal.GetReference(factors), square = ref MemoryMarshal.GetReference(squares);
        Vector512<double> sum = default;
        nuint l = 0, count = (nuint)row.Length;
        for (; l + 8 <= count; l += 8)
        {
            Vector512<double> values = Vector512.LoadUnsafe(ref x, l), scaled = values * Vector512.LoadUnsafe(ref factor, l);
            (Vector512.LoadUnsafe(ref square, l) + (values * values)).StoreUnsafe(ref square, l);
            sum += scaled * scaled;
        }

        double total = Vector512.Sum(sum);
        for (; l < count; l++)
        {
            double value = Unsafe.Add(ref x, l), scaled = value * Unsafe.Add(ref factor, l);
            Unsafe.Add(ref square, l) += value * value;
            total += scaled * scaled;
        }

        return Math.Sqrt(total);
    }

    // The length of a row of R·diag(2^exponents) relative to the scale of its first column; +∞ beyond the range of a double.
    private static double RowLength(ReadOnlySpan<double> row, ReadOnlySpan<double> exponents)
    {
        double length = 0;
        for (int l = 0; l < row.Length; l++)
        {
            length = row[l] == 0 ? length : double.Hypot(length, row[l] * double.Exp2(exponents[l] - exponents[0]));
        }

        return length;
    }

    private struct Column
    {
        public double Maximum;
        public double Exponent;
        public double Ratio;
        public double LargestLoss;
        public double Size;
        public double Absolute;
        public double Relative;
        public double Diagonal;
        public double RowLength;
    }
}
