using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>A square matrix laid out once for the left side of many products.</summary>
internal sealed class PackedMatrix
{
    /// <summary>Lays out a matrix of size × size values, row by row; they are copied.</summary>
    /// <param name="values">size × size.</param>
    /// <param name="size">Rows, and columns.</param>
    /// <param name="kernel">Whose layout; null for that of this machine.</param>
    public PackedMatrix(ReadOnlySpan<double> values, int size, ProductKernel? kernel = null)
    {
        (Size, Kernel) = (size, kernel ?? ProductKernel.Best);
        Values = new double[checked(Kernel.PaddedRows(size) * size)];
        Kernel.PackLeft(values, size, size, Values);
    }

    /// <summary>Rows, and columns.</summary>
    public int Size { get; }

    /// <summary>Whose layout it is.</summary>
    public ProductKernel Kernel { get; }

    /// <summary>The values as the kernel reads them.</summary>
    public double[] Values { get; }
}
