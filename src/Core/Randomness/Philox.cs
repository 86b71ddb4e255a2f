using System.Runtime.CompilerServices;

namespace RnnSweep.Core.Randomness;

/// <summary>
/// One stream of the counter-based generator Philox4x64-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"),
/// number for number what <c>numpy.random.Philox(key=[k0, k1]).random_raw()</c> yields. Word i is a function of the key and of i
/// alone, so a stream can be entered anywhere at no cost.
/// </summary>
public struct Philox
{
    private const ulong Multiplier0 = 0xD2E7470EE14C6C93, Multiplier1 = 0xCA5A826395121157;
    private const ulong Weyl0 = 0x9E3779B97F4A7C15, Weyl1 = 0xBB67AE8584CAA73B;

    private const double Ulp = 1.0 / (1L << 53);

    private readonly ulong _key0, _key1;
    private ulong _block;
    private int _used;
    private ulong _word0, _word1, _word2, _word3;

    /// <summary>The stream of a key, at its first word.</summary>
    public Philox(ulong key0, ulong key1)
    {
        (_key0, _key1) = (key0, key1);
        _used = 4;
    }

    /// <summary>The stream of a replicate: key [seed, 16·replicate + role].</summary>
    public static Philox For(ulong seed, int replicate, StreamRole role) => new(seed, (16UL * (ulong)replicate) + (ulong)role);

    /// <summary>Goes to the word of an index from 0.</summary>
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

    /// <summary>Fills a span with uniforms.</summary>
    public void FillUniform(Span<double> values)
    {
        foreach (ref double value in values)
        {
            value = NextUniform();
        }
    }

    /// <summary>Fills a span with standard normals.</summary>
    public void FillNormal(Span<double> values)
    {
        foreach (ref double value in values)
        {
            value = NextNormal();
        }
    }

    // In the highest 2⁻⁵³ of the unit interval the sum rounds to 2⁵³, that is u = 1; the largest double below 1 takes its place.
    internal static double Uniform(ulong word) => Math.Min(((word >> 11) + 0.5) * Ulp, 1 - Ulp);

    /// <summary>Makes the four words of the next block. numpy counts before it draws, so the first block has counter 1.</summary>
    private void Generate()
    {
        ulong c0 = ++_block, c1 = 0, c2 = 0, c3 = 0;
        ulong k0 = _key0, k1 = _key1;
        for (int round = 0; round < 10; round++)
        {
            ulong high0 = Math.BigMul(Multiplier0, c0, out ulong low0);
            ulong high1 = Math.BigMul(Multiplier1, c2, out ulong low1);
            (c0, c1, c2, c3) = (high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        (_word0, _word1, _word2, _word3) = (c0, c1, c2, c3);
        _used = 0;
    }
}
