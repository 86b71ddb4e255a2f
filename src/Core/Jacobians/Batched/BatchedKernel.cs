using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Jacobians.Batched;

/// <summary>
/// Operations on several small networks side by side, one in each lane of a vector register. Element i of the network in lane l is at i·Lanes + l. All
/// kernels sum in the same order and, except for the portable one, round equally, so a lane's bits do not depend on the kernel or on the other lanes.
/// </summary>
internal abstract class BatchedKernel
{
    /// <summary>Every kernel that this machine can run, by descending number of lanes; no two have the same number.</summary>
    public static IReadOnlyList<BatchedKernel> Supported { get; } = FindSupported();

    /// <summary>Number of networks.</summary>
    public abstract int Lanes { get; }

    /// <summary>The kernel with the fewest lanes for a number of networks, or else the one with the most.</summary>
    public static BatchedKernel For(int networks)
    {
        BatchedKernel best = Supported[0];
        foreach (BatchedKernel kernel in Supported)
        {
            best = kernel.Lanes >= networks ? kernel : best;
        }

        return best;
    }

    /// <summary>target = diag(factors)·left·right, all N × N.</summary>
    public abstract void Multiply(ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> target, ReadOnlySpan<double> factors, int n);

    /// <summary>y = A x, or Aᵀ x; length N.</summary>
    public abstract void MultiplyVector(ReadOnlySpan<double> a, bool isTransposed, ReadOnlySpan<double> x, Span<double> y, int n);

    /// <summary>y = diag(factors) Aᵀ x for four vectors x, one after the other, with the bits of <see cref="MultiplyVector"/>; N ≥ 4.</summary>
    public abstract void MultiplyFourTransposed(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y, ReadOnlySpan<double> factors, int n);

    /// <summary>Σ x_i² of each lane.</summary>
    public abstract void SumSquares(ReadOnlySpan<double> x, Span<double> sums);

    /// <summary>A step of the norm of x: adds (‖x‖ / norm − 1)² to each lane's sum, and replaces the norm by ‖x‖.</summary>
    /// <returns>Whether some norm is not between two limits.</returns>
    public abstract bool AddGrowth(ReadOnlySpan<double> x, Span<double> norms, Span<double> sums, double lower, double upper);

    /// <summary>Multiplies all numbers of a lane by its factor.</summary>
    public abstract void Scale(Span<double> x, ReadOnlySpan<double> factors);

    private static List<BatchedKernel> FindSupported()
    {
        var kernels = new List<BatchedKernel>();
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            kernels.Add(new Of<Lanes512, Vector512<double>>());
        }

        if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            kernels.Add(new Of<Lanes256, Vector256<double>>());
        }

        kernels.Add(Fma.IsSupported || AdvSimd.Arm64.IsSupported ? new Of<Lanes128, Vector128<double>>() : new Of<LanesPortable, Vector128<double>>());
        return kernels;
    }

    private sealed class Of<TLanes, TVector> : BatchedKernel
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        public override int Lanes => TLanes.Count;

        public override void Multiply(ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> target, ReadOnlySpan<double> factors, int n)
        {
            int length = n * n * TLanes.Count;
            BatchedProduct<TLanes, TVector>.Multiply(ref First(left, length), ref First(right, length), ref First(target, length), ref First(factors, n * TLanes.Count), n);
        }

        public override void MultiplyVector(ReadOnlySpan<double> a, bool isTransposed, ReadOnlySpan<double> x, Span<double> y, int n)
        {
            int length = n * TLanes.Count, outer = isTransposed ? 1 : n, inner = isTransposed ? n : 1;
            BatchedProduct<TLanes, TVector>.MultiplyVector(ref First(a, n * length), outer, inner, ref First(x, length), ref First(y, length), n);
        }

        public override void MultiplyFourTransposed(ReadOnlySpan<double> a, ReadOnlySpan<double> x, Span<double> y, ReadOnlySpan<double> factors, int n)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(n, 4);
            int length = n * TLanes.Count;
            BatchedProduct<TLanes, TVector>.MultiplyFourVectors(
                ref First(a, n * length), 1, n, ref First(x, 4 * length), ref First(y, 4 * length), ref First(factors, length), n);
        }

        public override void SumSquares(ReadOnlySpan<double> x, Span<double> sums) =>
            TLanes.Store(BatchedProduct<TLanes, TVector>.SumSquares(ref First(x, x.Length), x.Length / TLanes.Count), ref First(sums, TLanes.Count), 0);

        public override bool AddGrowth(ReadOnlySpan<double> x, Span<double> norms, Span<double> sums, double lower, double upper)
        {
            ref double norm = ref First(norms, TLanes.Count), sum = ref First(sums, TLanes.Count);
            TVector length = TLanes.SquareRoot(BatchedProduct<TLanes, TVector>.SumSquares(ref First(x, x.Length), x.Length / TLanes.Count));
            TVector excess = TLanes.Subtract(TLanes.Divide(length, TLanes.Load(ref norm, 0)), TLanes.Broadcast(1));
            TLanes.Store(TLanes.MultiplyAdd(excess, excess, TLanes.Load(ref sum, 0)), ref sum, 0);
            TLanes.Store(length, ref norm, 0);
            return TLanes.AnyOutside(length, lower, upper);
        }

        public override void Scale(Span<double> x, ReadOnlySpan<double> factors)
        {
            TVector factor = TLanes.Load(ref First(factors, TLanes.Count), 0);
            ref double first = ref First(x, x.Length);
            for (nint i = 0; i < x.Length; i += TLanes.Count)
            {
                TLanes.Store(TLanes.Multiply(TLanes.Load(ref first, i), factor), ref first, i);
            }
        }

        private static ref double First(ReadOnlySpan<double> values, int length)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, length);
            return ref MemoryMarshal.GetReference(values);
        }
    }
}
