using MathNet.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Tests.Randomness;

public sealed class PhiloxTests
{
    [Theory]
    [InlineData(1, 0, new[] { 0x4db6a27b756282dfUL, 0xd944fa03babe0e2fUL, 0x27f872e577060d32UL })]
    [InlineData(7, 50, new[] { 0xac2e49b0166592e6UL, 0xb55e58c51beb8ed3UL })]
    public void Words_are_those_of_numpy(ulong key0, ulong key1, ulong[] expected)
    {
        var stream = new Philox(key0, key1);

        Assert.All(expected, word => Assert.Equal(word, stream.NextWord()));
    }

    [Fact]
    public void A_replicates_stream_has_the_key_seed_and_16_replicate_plus_role()
    {
        Philox named = Philox.For(7, 3, StreamRole.Bias), byKey = new(7, (16 * 3) + 2);

        for (int i = 0; i < 9; i++)
        {
            Assert.Equal(byKey.NextWord(), named.NextWord());
        }
    }

    // An independent implementation of the paper's rounds, in 128-bit integers and without state: block i has counter i + 1.
    [Fact]
    public void Words_are_those_of_the_ten_rounds_written_out()
    {
        var stream = new Philox(0x0123456789abcdef, 0xfedcba9876543210);

        for (ulong index = 0; index < 400; index++)
        {
            UInt128 c0 = (index / 4) + 1, c1 = 0, c2 = 0, c3 = 0, k0 = 0x0123456789abcdef, k1 = 0xfedcba9876543210;
            UInt128 mask = ulong.MaxValue;
            for (int round = 0; round < 10; round++)
            {
                UInt128 p0 = 0xD2E7470EE14C6C93 * c0, p1 = 0xCA5A826395121157 * c2;
                (c0, c1, c2, c3) = ((p1 >> 64) ^ c1 ^ k0, p1 & mask, (p0 >> 64) ^ c3 ^ k1, p0 & mask);
                k0 = (k0 + 0x9E3779B97F4A7C15) & mask;
                k1 = (k1 + 0xBB67AE8584CAA73B) & mask;
            }

            UInt128[] block = [c0, c1, c2, c3];
            Assert.Equal((ulong)block[index % 4], stream.NextWord());
        }
    }

    [Fact]
    public void A_stream_positioned_anywhere_continues_like_one_read_from_the_start()
    {
        var sequential = new Philox(42, 17);
        ulong[] words = [.. Enumerable.Range(0, 64).Select(_ => sequential.NextWord())];

        for (int start = 0; start < words.Length; start++)
        {
            var entered = new Philox(42, 17);
            entered.NextWord();
            entered.Seek((ulong)start);
            for (int i = start; i < words.Length; i++)
            {
                Assert.Equal(words[i], entered.NextWord());
            }
        }
    }

    [Fact]
    public void The_uniforms_of_a_filled_span_are_below_1_like_single_ones()
    {
        double[] words = [.. new[] { ulong.MaxValue, 0UL, 1UL << 63, ulong.MaxValue << 11 }.Select(BitConverter.UInt64BitsToDouble)];
        double[] expected = [.. words.Select(word => Philox.Uniform(BitConverter.DoubleToUInt64Bits(word)))];

        Philox.Uniforms(words);

        Assert.Equal(expected, words);
    }

    [Theory]
    [InlineData(0UL, 0.5 / (1L << 53))]
    [InlineData(1UL << 63, 0.5)] // 0.5 + 2⁻⁵⁴ is not a double; the tie rounds to even
    [InlineData(1UL << 62, 0.25 + (0.5 / (1L << 53)))]
    [InlineData(ulong.MaxValue, 1 - (1.0 / (1L << 53)))]
    public void A_uniform_is_the_middle_of_its_53_bit_interval_and_never_0_or_1(ulong word, double expected)
    {
        double u = Philox.Uniform(word);

        Assert.Equal(expected, u);
        Assert.InRange(u, double.Epsilon, Math.BitDecrement(1));
        Assert.True(double.IsFinite(NormalQuantile.Of(u)));
    }

    [Fact]
    public void Normals_invert_the_normal_distribution_at_the_uniforms()
    {
        Philox uniforms = new(1, 0), normals = new(1, 0);

        for (int i = 0; i < 50; i++)
        {
            double u = uniforms.NextUniform();

            // Bisection on an independent erfc. Its relative error of a few ulp is an error of u, hence of order 1e-15 in z for |z| < 3.
            double low = -40, high = 40;
            for (int step = 0; step < 200; step++)
            {
                double middle = (low + high) / 2;
                (low, high) = 0.5 * SpecialFunctions.Erfc(-middle / Constants.Sqrt2) < u ? (middle, high) : (low, middle);
            }

            Assert.Equal(low, normals.NextNormal(), 1e-14);
        }
    }

    // Bulk compared with single calls: at every place in a block, at every length around the sizes of the vectors and of the pieces, and afterwards.
    [Fact]
    public void A_filled_span_equals_single_draws_and_the_stream_continues_after_it()
    {
        foreach (int length in Enumerable.Range(0, 70).Concat([1020, 1023, 1024, 1025, 1044, 3001]))
        {
            for (int start = 0; start < 5; start++)
            {
                Philox bulk = new(ulong.MaxValue - 5, 0x8000000180000001), plain = new(ulong.MaxValue - 5, 0x8000000180000001);
                for (int i = 0; i < start; i++)
                {
                    Assert.Equal(plain.NextWord(), bulk.NextWord());
                }

                double[] uniforms = new double[length], normals = new double[length];
                bulk.FillUniform(uniforms);
                Assert.All(uniforms, u => Assert.Equal(plain.NextUniform(), u));
                bulk.FillNormal(normals);
                Assert.All(normals, z => LinearAlgebra.PlainMatrix.AssertRelative(plain.NextNormal(), z, 4e-16)); // the tails' logarithm
                Assert.Equal(plain.NextWord(), bulk.NextWord());
            }
        }
    }

    // Counters beyond 2³² and at the end of a word, where a carry or a sign error would show.
    [Theory]
    [InlineData(0xFFFFFFFEUL)]
    [InlineData(0x7FFFFFFFFFFFFFFEUL)]
    [InlineData(ulong.MaxValue - 40)]
    public void Several_blocks_at_once_equal_single_blocks_at_any_counter(ulong counter)
    {
        var words = new ulong[36];
        PhiloxBlocks.Fill(3, ulong.MaxValue, counter, words);

        for (int block = 0; block < 9; block++)
        {
            PhiloxBlocks.Of(3, ulong.MaxValue, counter + (ulong)block, out ulong w0, out ulong w1, out ulong w2, out ulong w3);
            Assert.Equal([w0, w1, w2, w3], words[(4 * block)..((4 * block) + 4)]);
        }
    }

    [Fact]
    public void Moments_are_those_of_the_standard_normal()
    {
        const int Count = 200_000;
        var values = new double[Count];
        new Philox(3, 5).FillNormal(values);

        // E z^k = 0, 1, 0, 3; the variance of z^k is E z^2k − (E z^k)² = 1, 2, 15, 96. Five standard errors: once in two million draws.
        double[] expected = [0, 1, 0, 3], variance = [1, 2, 15, 96];
        for (int k = 1; k <= 4; k++)
        {
            Assert.Equal(expected[k - 1], values.Average(z => Math.Pow(z, k)), 5 * Math.Sqrt(variance[k - 1] / Count));
        }
    }

    [Fact]
    public void Streams_of_neighbouring_keys_are_uncorrelated()
    {
        const int Count = 50_000;
        double[] Draw(int replicate, StreamRole role)
        {
            var values = new double[Count];
            Philox.For(1, replicate, role).FillNormal(values);
            return values;
        }

        double[] reference = Draw(0, StreamRole.RecurrentWeights);
        foreach (double[] other in new[] { Draw(0, StreamRole.InputWeights), Draw(1, StreamRole.RecurrentWeights) })
        {
            // A mean of products of independent normals has standard deviation 1/√n.
            Assert.Equal(0, reference.Zip(other, (x, y) => x * y).Average(), 5 / Math.Sqrt(Count));
        }
    }
}
