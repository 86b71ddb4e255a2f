using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RnnSweep.Core.Randomness;

/// <summary>The ten rounds of Philox4x64-10, which map a counter to a block of four words.</summary>
internal static class PhiloxBlocks
{
    private const ulong Multiplier0 = 0xD2E7470EE14C6C93, Multiplier1 = 0xCA5A826395121157;
    private const ulong Weyl0 = 0x9E3779B97F4A7C15, Weyl1 = 0xBB67AE8584CAA73B;

    /// <summary>The block of one counter (its upper three words are 0).</summary>
    public static void Of(ulong key0, ulong key1, ulong counter, out ulong word0, out ulong word1, out ulong word2, out ulong word3)
    {
        ulong c0 = counter, c1 = 0, c2 = 0, c3 = 0;
        for (int round = 0; round < 10; round++)
        {
            ulong high0 = Math.BigMul(Multiplier0, c0, out ulong low0);
            ulong high1 = Math.BigMul(Multiplier1, c2, out ulong low1);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ key0, low1, high0 ^ c3 ^ key1, low0);
            key0 += Weyl0;
            key1 += Weyl1;
        }

        (word0, word1, word2, word3) = (c0, c1, c2, c3);
    }

    /// <summary>Writes the blocks of consecutive counters. The number of words is a multiple of four.</summary>
    public static void Fill(ulong key0, ulong key1, ulong counter, Span<ulong> words)
    {
        while (Avx2.IsSupported && words.Length >= 16)
        {
            FourBlocks(key0, key1, counter, ref MemoryMarshal.GetReference(words));
            counter += 4;
            words = words[16..];
        }

        for (; words.Length > 0; words = words[4..])
        {
            Of(key0, key1, counter++, out words[0], out words[1], out words[2], out words[3]);
        }
    }

    /// <summary>Computes four blocks at once, one per lane: sixteen words.</summary>
    private static void FourBlocks(ulong key0, ulong key1, ulong counter, ref ulong words)
    {
        Vector256<ulong> c0 = Vector256.Create(counter) + Vector256.Create(0UL, 1, 2, 3), c1 = default, c2 = default, c3 = default;
        Vector256<ulong> k0 = Vector256.Create(key0), k1 = Vector256.Create(key1);
        for (int round = 0; round < 10; round++)
        {
            Vector256<ulong> high0 = Multiply(c0, Multiplier0, out Vector256<ulong> low0);
            Vector256<ulong> high1 = Multiply(c2, Multiplier1, out Vector256<ulong> low1);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0);
            k0 += Vector256.Create(Weyl0);
            k1 += Vector256.Create(Weyl1);
        }

        // Transposes from one word of each block per vector to one block per vector.
        Vector256<ulong> even01 = Avx2.UnpackLow(c0, c1), odd01 = Avx2.UnpackHigh(c0, c1);
        Vector256<ulong> even23 = Avx2.UnpackLow(c2, c3), odd23 = Avx2.UnpackHigh(c2, c3);
        Avx2.Permute2x128(even01, even23, 0x20).StoreUnsafe(ref words);
        Avx2.Permute2x128(odd01, odd23, 0x20).StoreUnsafe(ref words, 4);
        Avx2.Permute2x128(even01, even23, 0x31).StoreUnsafe(ref words, 8);
        Avx2.Permute2x128(odd01, odd23, 0x31).StoreUnsafe(ref words, 12);
    }

    // Computes the 128 bits of a product from four products of halves. No sum of these exceeds 64 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> x, ulong multiplier, out Vector256<ulong> low)
    {
        Vector256<uint> x0 = x.AsUInt32(), x1 = (x >> 32).AsUInt32();
        Vector256<uint> m0 = Vector256.Create(multiplier).AsUInt32(), m1 = Vector256.Create(multiplier >> 32).AsUInt32();
        Vector256<ulong> lowHalf = Vector256.Create(0xFFFF_FFFFUL);
        Vector256<ulong> p00 = Avx2.Multiply(x0, m0), p01 = Avx2.Multiply(x0, m1), p10 = Avx2.Multiply(x1, m0), p11 = Avx2.Multiply(x1, m1);
        Vector256<ulong> middle = p10 + (p00 >> 32);
        Vector256<ulong> carry = p01 + (middle & lowHalf);
        low = (carry << 32) | (p00 & lowHalf);
        return p11 + (middle >> 32) + (carry >> 32);
    }
}
