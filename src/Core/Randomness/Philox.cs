using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RnnSweep.Core.Randomness;

/// <summary>
/// One stream of the counter-based generator Philox4x64-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), equal number by
/// number to <c>numpy.random.Philox(key=[k0, k1]).random_raw()</c>. Word i depends only on the key and i, so random access costs nothing.
/// </summary>
public struct Philox
{
    private const double Ulp = 1.0 / (1L << 53);

    // Long spans are filled in pieces that stay in the first-level cache from words to normals. A multiple of four.
    private const int Piece = 1024;

    private readonly ulong _key0, _key1;
    private ulong _block;
    private int _used;
    private ulong _word0, _word1, _word2, _word3;

    /// <summary>Creates the stream of a key, at its first word.</summary>
    public Philox(ulong key0, ulong key1)
    {
        (_key0, _key1) = (key0, key1);
        _used = 4;
    }

    /// <summary>The stream of a replicate: key [seed, 16·replicate + role].</summary>
    public static Philox For(ulong seed, int replicate, StreamRole role) => new(seed, (16UL * (ulong)replicate) + (ulong)role);

    /// <summary>Moves to the word with an index from 0.</summary>
    public void Seek(ulong index)
    {
        _block = index / 4;
        Generate();
        _used = (int)(index % 4);
    }

    /// <summary>The next 64-bit word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextWord()
    {
        if (_used == 4)
        {
            Generate();
        }

        return _used++ switch { 0 => _word0, 1 => _word1, 2 => _word2, _ => _word3 };
    }

    /// <summary>The next uniform u = ((word &gt;&gt; 11) + 0.5) · 2⁻⁵³, strictly between 0 and 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextUniform() => Uniform(NextWord());

    /// <summary>The next standard normal: the inverse normal CDF of the next uniform.</summary>
    public double NextNormal() => NormalQuantile.Of(NextUniform());

    /// <summary>Fills a span with uniforms, equal to the bit to those of <see cref="NextUniform"/>.</summary>
    public void FillUniform(Span<double> values)
    {
        // The rest of a block, then whole blocks, then the start of one.
        while (_used < 4 && values.Length > 0)
        {
            values[0] = NextUniform();
            values = values[1..];
        }

        while (values.Length >= 4)
        {
            Span<double> piece = values[..Math.Min(Piece, values.Length & ~3)];
            PhiloxBlocks.Fill(_key0, _key1, _block + 1, MemoryMarshal.Cast<double, ulong>(piece));
            _block += (ulong)piece.Length / 4;
            Uniforms(piece);
            values = values[piece.Length..];
        }

        foreach (ref double value in values)
        {
            value = NextUniform();
        }
    }

    /// <summary>
    /// Fills a span with standard normals, equal to those of <see cref="NextNormal"/> up to the last bits in the tails
    /// (<see cref="NormalQuantile.Invert"/>).
    /// </summary>
    public void FillNormal(Span<double> values)
    {
        while (values.Length > 0)
        {
            Span<double> piece = values[..Math.Min(Piece, values.Length)];
            FillUniform(piece);
            NormalQuantile.Invert(piece);
            values = values[piece.Length..];
        }
    }

    // For the highest words the sum rounds to 2⁵³, that is u = 1, which is replaced by the largest double below 1.
    internal static double Uniform(ulong word) => Math.Min(((word >> 11) + 0.5) * Ulp, 1 - Ulp);

    // Converts words stored in the memory of doubles in place. Their number is a multiple of four.
    internal static void Uniforms(Span<double> words)
    {
        ref double word = ref MemoryMarshal.GetReference(words);
        for (nuint i = 0; i < (nuint)words.Length; i += 4)
        {
            Vector256<ulong> bits = Vector256.LoadUnsafe(ref word, i).AsUInt64();
            Vector256<double> u = (Vector256.ConvertToDouble(Vector256.ShiftRightLogical(bits, 11)) + Vector256.Create(0.5)) * Ulp;
            Vector256.MinNative(u, Vector256.Create(1 - Ulp)).StoreUnsafe(ref word, i);
        }
    }

    /// <summary>Generates the four words of the next block. numpy increments the counter before it draws, so the first block has counter 1.</summary>
    private void Generate()
    {
        PhiloxBlocks.Of(_key0, _key1, ++_block, out _word0, out _word1, out _word2, out _word3);
        _used = 0;
    }
}
