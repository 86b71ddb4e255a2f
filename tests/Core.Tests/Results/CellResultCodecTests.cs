using System.Reflection;
using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using Outcome = RnnSweep.Core.Experiments.Outcome;

namespace RnnSweep.Core.Tests.Results;

public sealed class CellResultCodecTests
{
    private static readonly CellResult Two = new(
        CellKey.Of(new CellSpec()),
        [
            new Reading { Log10SpectralNorm = -1.5, Outcome = Outcome.Stable, Converged = false },
            new Reading { Status = ReplicateStatus.StateOverflow, StatusStep = 0, Log10GradientNorm = double.NegativeInfinity },
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

    /// <summary>Format 1 as it was written: a record of twelve numbers, outcome, status and step.</summary>
    [Fact]
    public void What_the_first_format_holds_is_still_read()
    {
        CellKey key = Two.Key;
        byte[] content = [1, 1, 0, 0, 0, .. Enumerable.Range(1, 12).SelectMany(i => BitConverter.GetBytes(i / 8.0)), 3, 0x81, 7, 0, 0, 0];
        byte[] payload = [.. content, .. SHA256.HashData([.. key.ToArray(), .. content]).AsSpan(0, 8)];

        Reading replicate = Assert.Single(CellResultCodec.Decode(key, payload).Replicates);

        Assert.Equal((0.125, 1.5), (replicate.Log10SpectralNorm, replicate.WeightsSpectralNorm));
        Assert.Equal((Outcome.Exploding, ReplicateStatus.StateOverflow, 7), (replicate.Outcome, replicate.Status, replicate.StatusStep));
        Assert.Equal((double.NaN, null, null, null), (replicate.LyapunovMaxSlope, replicate.Converged, replicate.Spectrum, replicate.Lags));
    }

    [Fact]
    public void A_list_that_is_longer_than_its_payload_is_found_although_the_checksum_is_right()
    {
        var result = new CellResult(Two.Key, [new Reading { Lags = new LagsResult { Log10SpectralNorms = new([1]), Log10FrobeniusNorms = new([2]) } }]);
        byte[] payload = CellResultCodec.Encode(result);
        Assert.Equal(CellResultCodec.Size(result), payload.Length);
        foreach (int count in new[] { -1, 0, 2, 100, int.MaxValue })
        {
            byte[] forged = [.. payload];
            BitConverter.TryWriteBytes(forged.AsSpan(5 + 119), count);
            SHA256.HashData([.. Two.Key.ToArray(), .. forged[..^8]]).AsSpan(0, 8).CopyTo(forged.AsSpan(forged.Length - 8));
            Assert.Throws<StoreDamagedException>(() => CellResultCodec.Decode(Two.Key, forged));
        }
    }

    /// <summary>Every property of every replicate, found by reflection so that a new one cannot be forgotten; numbers as their bits.</summary>
    private static IEnumerable<object?> Bits(CellResult result) =>
        result.Replicates.SelectMany(Bits);

    private static IEnumerable<object?> Bits(object of) =>
        of.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property => property.GetValue(of) switch
        {
            double number => [BitConverter.DoubleToInt64Bits(number)],
            Numbers list => [list.Count, .. list.Values.ToArray().Select(number => (object?)BitConverter.DoubleToInt64Bits(number))],
            SpectrumResult part => Bits(part),
            SpectrumStatistics part => Bits(part),
            LagsResult part => Bits(part),
            var other => new object?[] { other },
        });
}
