using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>A square matrix packed once as the left operand of many products.</summary>
internal sealed class PackedMatrix
{
    /// <summary>Packs a copy of a matrix of size × size values, row by row.</summary>
    /// <param name="values">size × size.</param>
    /// <param name="size">Number of rows and columns.</param>
    /// <param name="kernel">The kernel that defines the layout; null for the best one on this machine.</param>
    public PackedMatrix(ReadOnlySpan<double> values, int size, ProductKernel? kernel = null)
    {
        (Size, Kernel) = (size, kernel ?? ProductKernel.Best);
        Values = new double[checked(Kernel.PaddedRows(size) * size)];
        Kernel.PackLeft(values, size, size, Values);
    }

    /// <summary>Number of rows and columns.</summary>
    public int Size { get; }

    /// <summary>The kernel that defines the layout.</summary>
    public ProductKernel Kernel { get; }

    /// <summary>The values in the kernel's layout.</summary>
    public double[] Values { get; }
}
