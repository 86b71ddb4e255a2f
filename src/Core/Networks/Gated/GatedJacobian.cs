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
    public override int RankBound(ReadOnlySpan<double> slopes) => _network.RankBound(slopes);

    /// <inheritdoc/>
    /// <remarks>The gates' own values after <see cref="GatedNetwork.JacobianLength"/> are no factors.</remarks>
    public override bool HoldSmallNumbers(ReadOnlySpan<double> slopes) => SmallNumbers.Exist(slopes[.._network.JacobianLength]);

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
        int n = _network.Units, height = Kernel.PaddedRows(n), length = height * columns.Maxima.Length, output = _network.OutputBlock;
        using PooledSpan hidden = new(_network.HasCell ? length : 0), term = new(length), sum = new(length);
        Rows all = new(columns.Values, columns.Height), summed = new(sum.Values, height);
        ReadOnlySpan<double> right = columns.Values;
        if (_network.HasCell)
        {
            hidden.Values.Clear();
            Copy(columns, all, new Rows(hidden.Values, height));
            right = hidden.Values;
        }

        sum.Values.Clear();
        for (int g = 0; g < _network.Blocks; g++)
        {
            if (g != output)
            {
                Multiply(columns, g, right, _network.Factor(slopes, g), term.Values);
                TensorPrimitives.Add(sum.Values, term.Values, sum.Values);
            }
        }

        Add(columns, all.From(Size - n), _network.Keep(slopes), summed);
        Rows target = new(columns.Spare, columns.Height);
        columns.Spare.AsSpan().Clear();
        Copy(columns, summed, target.From(Size - n));
        if (_network.HasCell)
        {
            Multiply(columns, output, right, _network.Factor(slopes, output), term.Values);
            Rows hiddenPart = new(term.Values, height);
            Add(columns, summed, _network.CellToHidden(slopes), hiddenPart);
            Copy(columns, hiddenPart, target);
        }
    }

    private void ApplyTransposed(ReadOnlySpan<double> slopes, ColumnPanels columns)
    {
        int height = Kernel.PaddedRows(_network.Units), length = height * columns.Maxima.Length;
        using PooledSpan inner = new(length), scaled = new(length), term = new(length), sum = new(length), memoryOfOnes = new(_network.Units);
        Rows all = new(columns.Values, columns.Height), carried = new(inner.Values, height);
        Span<double> ones = memoryOfOnes.Values;
        ones.Fill(1);

        // The gradient with respect to c_t, or h_t where there is no c.
        inner.Values.Clear();
        Copy(columns, all.From(Size - _network.Units), carried);
        if (_network.HasCell)
        {
            Add(columns, all, _network.CellToHidden(slopes), carried);
        }

        sum.Values.Clear();
        for (int g = 0; g < _network.Blocks; g++)
        {
            scaled.Values.Clear();
            Add(columns, g == _network.OutputBlock ? all : carried, _network.Factor(slopes, g), new Rows(scaled.Values, height));
            Multiply(columns, g, scaled.Values, ones, term.Values);
            TensorPrimitives.Add(sum.Values, term.Values, sum.Values);
        }

        Rows target = new(columns.Spare, columns.Height);
        columns.Spare.AsSpan().Clear();
        Copy(columns, new Rows(sum.Values, height), target);
        Add(columns, carried, _network.Keep(slopes), target.From(Size - _network.Units));
    }

    // product = diag(factors) · block · right. The columns' own factors and maxima serve as the kernel's: beyond N the factors stay 0, and the maxima are computed at the end.
    private void Multiply(ColumnPanels columns, int block, ReadOnlySpan<double> right, ReadOnlySpan<double> factors, Span<double> product)
    {
        factors.CopyTo(columns.Factors);
        Kernel.MultiplyScaled(_blocks.Value[block].Values, right, product, columns.Factors, columns.Maxima, _network.Units, columns.Maxima.Length);
    }

    private void Copy(ColumnPanels columns, Rows source, Rows target)
    {
        for (int column = 0, width; column < columns.Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, columns.Maxima.Length);
            source.Slice(column, width, 0, _network.Units).CopyTo(target.Slice(column, width, 0, _network.Units));
        }
    }

    // target += diag(factors) · source.
    private void Add(ColumnPanels columns, Rows source, ReadOnlySpan<double> factors, Rows target)
    {
        for (int column = 0, width; column < columns.Maxima.Length; column += width)
        {
            width = Kernel.PanelColumns(column, columns.Maxima.Length);
            for (int i = 0; i < _network.Units; i++)
            {
                Span<double> row = target.Slice(column, width, i, 1);
                TensorPrimitives.MultiplyAdd(source.Slice(column, width, i, 1), factors[i], row, row);
            }
        }
    }

    /// <summary>Rows of columns that lie in panels, from a first row on.</summary>
    private readonly ref struct Rows
    {
        private readonly Span<double> _panels;
        private readonly int _height, _first;

        public Rows(Span<double> panels, int height, int first = 0)
        {
            _panels = panels;
            (_height, _first) = (height, first);
        }

        public Rows From(int first) => new(_panels, _height, first);

        public Span<double> Slice(int column, int width, int row, int count) => _panels.Slice((column * _height) + ((_first + row) * width), count * width);
    }
}
