using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>The Jacobian of a gated network, or its transpose, applied to columns in panels: one product with each block of weights, and sums of rows.</summary>
internal sealed class GatedJacobian : BlockJacobian
{
    private readonly GatedNetwork _network;
    private readonly bool _isTransposed;
    private readonly Lazy<PackedMatrix[]> _blocks;

    public GatedJacobian(GatedNetwork network, bool isTransposed)
        : base(network.HiddenSize, ProductKernel.Best)
    {
        (_network, _isTransposed) = (network, isTransposed);
        _blocks = new(() =>
        {
            int n = network.Units;
            return [.. Enumerable.Range(0, network.Blocks).Select(g =>
            {
                var block = new Matrix(n, n, network.Weights.Values[(g * n * n)..((g + 1) * n * n)]);
                return new PackedMatrix((isTransposed ? block.Transpose() : block).Values, n, Kernel);
            })];
        });
    }

    /// <inheritdoc/>
    /// <remarks>For an LSTM J = [[1, S], [0, 1]] · [[d_o W_o, 0], [A, f]], so its rank is at most N and the number of factors d_o other than 0.</remarks>
    public override int RankBound(ReadOnlySpan<double> slopes) => _network.HasCell ? Size - _network.Factor(slopes, _network.OutputBlock).Count(0) : Size;

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        if (_isTransposed)
        {
            ApplyTransposed(slopes, columns);
        }
        else
        {
            ApplyPlain(slopes, columns);
        }

        columns.Swap();
        columns.NoteMaxima();
    }

    private void ApplyPlain(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        int n = _network.Units, height = Kernel.PaddedRows(n), padded = columns.Maxima.Length, length = height * padded;
        using PooledSpan hidden = new(_network.HasCell ? length : 0), term = new(length), sum = new(length);
        var factors = new double[height];
        var maxima = new double[padded];
        ReadOnlySpan<double> right = columns.Values;
        if (_network.HasCell)
        {
            hidden.Values.Clear();
            CopyRows(columns, columns.Values, 0, columns.Height, hidden.Values, height);
            right = hidden.Values;
        }

        sum.Values.Clear();
        for (int g = 0; g < _network.Blocks; g++)
        {
            if (g != _network.OutputBlock)
            {
                Multiply(g, right, _network.Factor(slopes, g), term.Values);
                TensorPrimitives.Add(sum.Values, term.Values, sum.Values);
            }
        }

        AddRows(columns, columns.Values, columns.Height, Size - n, _network.Keep(slopes), sum.Values, height, 0, n);
        Span<double> target = columns.Spare;
        if (!_network.HasCell)
        {
            sum.Values.CopyTo(target);
            return;
        }

        Multiply(_network.OutputBlock, right, _network.Factor(slopes, _network.OutputBlock), term.Values);
        AddRows(columns, sum.Values, height, 0, _network.CellToHidden(slopes), term.Values, height, 0, n);
        target.Clear();
        PlaceRows(columns, term.Values, height, target, 0, n);
        PlaceRows(columns, sum.Values, height, target, n, n);

        void Multiply(int g, ReadOnlySpan<double> operand, ReadOnlySpan<double> factor, Span<double> product)
        {
            factor.CopyTo(factors);
            Kernel.MultiplyScaled(_blocks.Value[g].Values, operand, product, factors, maxima, n, padded);
        }
    }

    private void ApplyTransposed(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        int n = _network.Units, height = Kernel.PaddedRows(n), padded = columns.Maxima.Length, length = height * padded;
        using PooledSpan inner = new(length), scaled = new(length), term = new(length), sum = new(length);
        var ones = new double[height];
        var maxima = new double[padded];
        Array.Fill(ones, 1, 0, n);

        // The column of J_tᵀ's operand that c_t, or h_t where there is no c, stands for.
        inner.Values.Clear();
        CopyRows(columns, columns.Values, Size - n, columns.Height, inner.Values, height);
        if (_network.HasCell)
        {
            AddRows(columns, columns.Values, columns.Height, 0, _network.CellToHidden(slopes), inner.Values, height, 0, n);
        }

        sum.Values.Clear();
        for (int g = 0; g < _network.Blocks; g++)
        {
            scaled.Values.Clear();
            if (g == _network.OutputBlock)
            {
                AddRows(columns, columns.Values, columns.Height, 0, _network.Factor(slopes, g), scaled.Values, height, 0, n);
            }
            else
            {
                AddRows(columns, inner.Values, height, 0, _network.Factor(slopes, g), scaled.Values, height, 0, n);
            }

            Kernel.MultiplyScaled(_blocks.Value[g].Values, scaled.Values, term.Values, ones, maxima, n, padded);
            TensorPrimitives.Add(sum.Values, term.Values, sum.Values);
        }

        Span<double> target = columns.Spare;
        target.Clear();
        PlaceRows(columns, sum.Values, height, target, 0, n);
        AddRows(columns, inner.Values, height, 0, _network.Keep(slopes), target, columns.Height, Size - n, n);
    }

    // The rows of columns in panels from a row on, as columns of N rows.
    private void CopyRows(ColumnPanels columns, ReadOnlySpan<double> source, int first, int sourceHeight, Span<double> target, int height)
    {
        for (int column = 0, width; column < columns.Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, columns.Maxima.Length);
            source.Slice((column * sourceHeight) + (first * width), _network.Units * width).CopyTo(target[(column * height)..]);
        }
    }

    // The rows of columns of N rows, to those of the whole state from a row on.
    private void PlaceRows(ColumnPanels columns, ReadOnlySpan<double> source, int height, Span<double> target, int first, int count)
    {
        for (int column = 0, width; column < columns.Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, columns.Maxima.Length);
            source.Slice(column * height, count * width).CopyTo(target[((column * columns.Height) + (first * width))..]);
        }
    }

    // target rows += factors · source rows.
    private void AddRows(
        ColumnPanels columns, ReadOnlySpan<double> source, int sourceHeight, int sourceFirst, ReadOnlySpan<double> factors, Span<double> target, int targetHeight, int targetFirst, int count)
    {
        for (int column = 0, width; column < columns.Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, columns.Maxima.Length);
            for (int i = 0; i < count; i++)
            {
                Span<double> row = target.Slice((column * targetHeight) + ((targetFirst + i) * width), width);
                TensorPrimitives.MultiplyAdd(source.Slice((column * sourceHeight) + ((sourceFirst + i) * width), width), factors[i], row, row);
            }
        }
    }
}
