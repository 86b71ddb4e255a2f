using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RnnSweep.Core.ElementaryFunctions;

namespace RnnSweep.Core.Randomness;

/// <content>The quantiles of many probabilities, four at a time.</content>
public static partial class NormalQuantile
{
    // Probabilities are processed in pieces of this size, which stay in the first-level cache with their tails. A multiple of four.
    private const int Piece = 256;

    /// <summary>
    /// Replaces each probability, strictly between 0 and 1, by its quantile: the result of <see cref="Of"/>, to the bit for probabilities from 0.075
    /// to 0.925 and to an ulp or two in the tails. It depends only on the probability, not on its index. Nothing is allocated.
    /// </summary>
    /// <param name="probabilities">Any length; overwritten.</param>
    [SkipLocalsInit]
    public static void Invert(Span<double> probabilities)
    {
        Span<double> tails = stackalloc double[Piece + 4];
        Span<int> places = stackalloc int[Piece + 4];
        while (probabilities.Length >= 4)
        {
            Span<double> piece = probabilities[..Math.Min(Piece, probabilities.Length & ~3)];
            InvertPiece(piece, tails, places);
            probabilities = probabilities[piece.Length..];
        }

        if (probabilities.Length > 0)
        {
            Span<double> padded = stackalloc double[4];
            padded.Fill(0.5);
            probabilities.CopyTo(padded);
            InvertPiece(padded, tails, places);
            padded[..probabilities.Length].CopyTo(probabilities);
        }
    }

    // Copies the tails, applies the middle's function to every probability (it is finite everywhere), then inserts the quantiles of the tails.
    private static void InvertPiece(Span<double> piece, Span<double> tails, Span<int> places)
    {
        int count = SetAside(piece, tails, places);
        Middle(piece);
        Tails(tails, count);
        for (int k = 0; k < count; k++)
        {
            piece[places[k]] = tails[k];
        }
    }

    // Copies every probability but counts only those of a tail, which avoids mispredicted branches.
    private static int SetAside(ReadOnlySpan<double> piece, Span<double> tails, Span<int> places)
    {
        int count = 0;
        for (int i = 0; i < piece.Length; i++)
        {
            tails[count] = piece[i];
            places[count] = i;
            count += Math.Abs(piece[i] - 0.5) <= 0.425 ? 0 : 1;
        }

        return count;
    }

    private static void Middle(Span<double> piece)
    {
        ref double value = ref MemoryMarshal.GetReference(piece);
        for (nuint i = 0; i < (nuint)piece.Length; i += 4)
        {
            Vector256<double> centred = Vector256.LoadUnsafe(ref value, i) - Vector256.Create(0.5);
            Vector256<double> r = Vector256.Create(0.180625) - (centred * centred);
            (centred * (Polynomial(MiddleTop, r) / Polynomial(MiddleBottom, r))).StoreUnsafe(ref value, i);
        }
    }

    // Works in place. The last vector is filled up with a valid probability.
    private static void Tails(Span<double> tails, int count)
    {
        tails.Slice(count, 4).Fill(tails[0]);
        ref double value = ref MemoryMarshal.GetReference(tails);
        for (nuint i = 0; i < (nuint)count; i += 4)
        {
            Vector256<double> p = Vector256.LoadUnsafe(ref value, i), centred = p - Vector256.Create(0.5);
            Vector256<double> tail = Vector256.Sqrt(-Logarithm.Of(Vector256.MinNative(p, Vector256<double>.One - p)));
            Vector256<double> x = tail - Vector256.Create(1.6);
            Vector256<double> quantile = Vector256.CopySign(Polynomial(TailTop, x) / Polynomial(TailBottom, x), centred);
            Vector256<double> isFar = Vector256.GreaterThan(tail, Vector256.Create(5.0));
            if (isFar != Vector256<double>.Zero)
            {
                // Probabilities below e^−25, which occur once in 10¹¹.
                x = tail - Vector256.Create(5.0);
                quantile = Vector256.ConditionalSelect(
                    isFar, Vector256.CopySign(Polynomial(FarTop, x) / Polynomial(FarBottom, x), centred), quantile);
            }

            quantile.StoreUnsafe(ref value, i);
        }
    }

    // Uses the order of operations of the scalar function.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Polynomial(ReadOnlySpan<double> coefficients, Vector256<double> x)
    {
        Vector256<double> value = Vector256.Create(coefficients[0]);
        value = Vector256.FusedMultiplyAdd(value, x, Vector256.Create(coefficients[1]));
        value = Vector256.FusedMultiplyAdd(value, x, Vector256.Create(coefficients[2]));
        value = Vector256.FusedMultiplyAdd(value, x, Vector256.Create(coefficients[3]));
        value = Vector256.FusedMultiplyAdd(value, x, Vector256.Create(coefficients[4]));
        value = Vector256.FusedMultiplyAdd(value, x, Vector256.Create(coefficients[5]));
        value = Vector256.FusedMultiplyAdd(value, x, Vector256.Create(coefficients[6]));
        return Vector256.FusedMultiplyAdd(value, x, Vector256.Create(coefficients[7]));
    }
}
