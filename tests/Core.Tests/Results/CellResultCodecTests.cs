using System.Reflection;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using Outcome = RnnSweep.Core.Experiments.Outcome;

namespace RnnSweep.Core.Tests.Results;

public sealed class CellResultCodecTests
{
    private static readonly CellResult Two = new(
        CellKey.Of(new CellSpec()),
        [
            new ReplicateResult { Log10SpectralNorm = -1.5, Outcome = Outcome.Stable },
            new ReplicateResult { Status = ReplicateStatus.StateOverflow, StatusStep = 0, Log10GradientNorm = double.NegativeInfinity },
        ]);

    [Fact]
    public void What_is_decoded_is_what_was_encoded_bit_for_bit() =>
        Prop.ForAll(Sample.Result.ToArbitrary(), result =>
        {
            CellResult decoded = CellResultCodec.Decode(result.Key, CellResultCodec.Encode(result));
            return decoded.Key == result.Key && Bits(decoded).SequenceEqual(Bits(result));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_single_flipped_bit_is_found()
    {
        byte[] payload = CellResultCodec.Encode(Two);
        for (int bit = 0; bit < 8 * payload.Length; bit++)
        {
            byte[] damaged = [.. payload];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            var error = Assert.Throws<StoreDamagedException>(() => CellResultCodec.Decode(Two.Key, damaged));
            Assert.Contains(Two.Key.ToString(), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_cut_and_any_tail_is_found()
    {
        byte[] payload = CellResultCodec.Encode(Two);
        for (int length = 0; length < payload.Length; length++)
        {
            Assert.Throws<StoreDamagedException>(() => CellResultCodec.Decode(Two.Key, payload.AsSpan(0, length)));
        }

        Assert.Throws<StoreDamagedException>(() => CellResultCodec.Decode(Two.Key, [.. payload, 0]));
    }

    [Fact]
    public void A_payload_under_another_key_is_found()
    {
        CellKey other = CellKey.Of(new CellSpec { Seed = 2 });
        Assert.Throws<StoreDamagedException>(() => CellResultCodec.Decode(other, CellResultCodec.Encode(Two)));
    }

    [Fact]
    public void Another_format_is_named_although_its_checksum_is_right()
    {
        byte[] payload = CellResultCodec.Encode(Two);
        payload[0] = 9;
        SHA256.HashData([.. Two.Key.ToArray(), .. payload[..^8]]).AsSpan(0, 8).CopyTo(payload.AsSpan(payload.Length - 8));
        var error = Assert.Throws<StoreDamagedException>(() => CellResultCodec.Decode(Two.Key, payload));
        Assert.Contains("format 9", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Every property of every replicate, found by reflection so that a new one cannot be forgotten; numbers as their bits.</summary>
    private static IEnumerable<object?> Bits(CellResult result) =>
        from replicate in result.Replicates
        from property in typeof(ReplicateResult).GetProperties(BindingFlags.Public | BindingFlags.Instance)
        let value = property.GetValue(replicate)
        select value is double number ? BitConverter.DoubleToInt64Bits(number) : value;
}
