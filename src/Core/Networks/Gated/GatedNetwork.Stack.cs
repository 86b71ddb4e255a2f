using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>What a layer of a stack needs beside its own Jacobian: the transpose on a block, and the derivative with respect to the drive, by which the layer below acts on it.</summary>
internal abstract partial class GatedNetwork
{
    /// <summary>As <see cref="MultiplyJacobian"/>, for the transposed Jacobian; the block is not overwritten.</summary>
    public void MultiplyJacobianTransposed(ReadOnlySpan<double> slopes, ReadOnlySpan<double> block, Span<double> result, int columns)
    {
        int size = Units * columns;
        using PooledSpan memory = new((Blocks + 1) * size);
        Span<double> scaled = memory.Values[..(Blocks * size)], inner = memory.Values[^size..];
        Inner(slopes, block, inner, columns);
        for (int g = 0; g < Blocks; g++)
        {
            MultiplyRows(Factor(slopes, g), g == OutputBlock ? block[..size] : inner, scaled.Slice(g * size, size), columns);
        }

        MatrixProduct.Multiply(_transposed.Values, scaled, result[..size], Units, Blocks * Units, columns);
        if (HasCell)
        {
            MultiplyRows(Keep(slopes), inner, result[size..], columns);
        }
        else
        {
            AddRows(Keep(slopes), inner, result, columns);
        }
    }

    /// <summary><paramref name="result"/> += the derivative of the new state with respect to the drive, times <paramref name="drive"/>.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="drive">G·N × columns, row by row.</param>
    /// <param name="result">Length of the state × columns, row by row.</param>
    /// <param name="columns">Number of vectors.</param>
    public void AddDriveJacobian(ReadOnlySpan<double> slopes, ReadOnlySpan<double> drive, Span<double> result, int columns)
    {
        int size = Units * columns;
        using PooledSpan memory = new(size);
        Span<double> sum = memory.Values;
        sum.Clear();
        for (int g = 0; g < Blocks; g++)
        {
            if (g != OutputBlock)
            {
                AddRows(DriveFactor(slopes, g), drive.Slice(g * size, size), sum, columns);
            }
        }

        Span<double> target = result[^size..];
        TensorPrimitives.Add(target, sum, target);
        if (HasCell)
        {
            AddRows(CellToHidden(slopes), sum, result, columns);
            AddRows(DriveFactor(slopes, OutputBlock), drive.Slice(OutputBlock * size, size), result, columns);
        }
    }

    /// <summary><paramref name="drive"/> = the transposed derivative of the new state with respect to the drive, times <paramref name="block"/>.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="block">Length of the state × columns, row by row.</param>
    /// <param name="drive">G·N × columns, row by row; overwritten.</param>
    /// <param name="columns">Number of vectors.</param>
    public void MultiplyDriveJacobianTransposed(ReadOnlySpan<double> slopes, ReadOnlySpan<double> block, Span<double> drive, int columns)
    {
        int size = Units * columns;
        using PooledSpan memory = new(size);
        Inner(slopes, block, memory.Values, columns);
        for (int g = 0; g < Blocks; g++)
        {
            MultiplyRows(DriveFactor(slopes, g), g == OutputBlock ? block[..size] : memory.Values, drive.Slice(g * size, size), columns);
        }
    }

    /// <summary><paramref name="products"/> = the transposed derivative of the new state with respect to W h₋ of every block, times <paramref name="vector"/>.</summary>
    /// <param name="slopes">Slopes of the step.</param>
    /// <param name="vector">Length of the state.</param>
    /// <param name="products">Length G·N, overwritten.</param>
    public void MultiplyArgumentJacobianTransposed(ReadOnlySpan<double> slopes, ReadOnlySpan<double> vector, Span<double> products)
    {
        using PooledSpan memory = new(Units);
        Inner(slopes, vector, memory.Values, 1);
        for (int g = 0; g < Blocks; g++)
        {
            TensorPrimitives.Multiply(Factor(slopes, g), g == OutputBlock ? vector[..Units] : memory.Values, products.Slice(g * Units, Units));
        }
    }

    /// <inheritdoc cref="INetwork.Parameters"/>
    public virtual IParameters Parameters(int inputs) => new GatedParameters([new MeasuredLayer(this, null)], 0, inputs);

    // The gradient with respect to c_t, or h_t where there is no c.
    private void Inner(ReadOnlySpan<double> slopes, ReadOnlySpan<double> block, Span<double> inner, int columns)
    {
        block[^inner.Length..].CopyTo(inner);
        if (HasCell)
        {
            AddRows(CellToHidden(slopes), block, inner, columns);
        }
    }

    // target = diag(factors) · source.
    private static void MultiplyRows(ReadOnlySpan<double> factors, ReadOnlySpan<double> source, Span<double> target, int columns)
    {
        for (int i = 0; i < factors.Length; i++)
        {
            TensorPrimitives.Multiply(source.Slice(i * columns, columns), factors[i], target.Slice(i * columns, columns));
        }
    }

    // target += diag(factors) · source.
    private static void AddRows(ReadOnlySpan<double> factors, ReadOnlySpan<double> source, Span<double> target, int columns)
    {
        for (int i = 0; i < factors.Length; i++)
        {
            Span<double> row = target.Slice(i * columns, columns);
            TensorPrimitives.MultiplyAdd(source.Slice(i * columns, columns), factors[i], row, row);
        }
    }

    ReadOnlySpan<double> INetwork.Gate(ReadOnlySpan<double> slopes, int layer, int gate) => Gate(slopes, gate);

    ReadOnlySpan<double> INetwork.LogKeep(ReadOnlySpan<double> slopes, int layer) => LogKeep(slopes);
}
