using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Results;

/// <summary>
/// A replicate's result as bytes, and back, bit for bit: a record of fixed length, and after it what statistics beyond the norms have measured.
/// Format 1 had the norms alone, and is still read.
/// </summary>
internal static class ReplicateCodec
{
    private const int FirstNumbers = 12, Numbers = 14, SpectrumNumbers = 6;
    private const int RestSize = (2 * sizeof(byte)) + sizeof(int);

    // Marks a step that is there: a step of 0 is one, too.
    private const byte HasStep = 0x80;

    // The flags of format 2: two bits of a truth that may be missing, and what follows.
    private const byte IsConverged = 2, HasConverged = 1, HasSpectrum = 4, HasLags = 8, AllFlags = 15;

    // What is stored is the place in these lists, so they may only grow at their ends.
    private static readonly ImmutableArray<Outcome> Outcomes = [Outcome.Missing, Outcome.Vanishing, Outcome.Stable, Outcome.Exploding];

    private static readonly ImmutableArray<ReplicateStatus> Statuses =
    [
        ReplicateStatus.Ok, ReplicateStatus.StateOverflow, ReplicateStatus.ZeroRadius, ReplicateStatus.ZeroGradient, ReplicateStatus.NoConvergence,
    ];

    /// <summary>Number of bytes: 119 without further statistics.</summary>
    public static long Size(ReplicateResult replicate)
    {
        long size = (Numbers * sizeof(double)) + RestSize + sizeof(byte);
        if (replicate.Spectrum is { } spectrum)
        {
            size += (SpectrumNumbers * sizeof(double)) + Size(spectrum.Log10SingularValues) + Size(spectrum.FrameExponents);
        }

        if (replicate.Lags is { } lags)
        {
            size += Size(lags.Log10SpectralNorms) + Size(lags.Log10FrobeniusNorms) + (2 * sizeof(int));
        }

        return size;
    }

    /// <summary>Writes a replicate, and moves on by its <see cref="Size(ReplicateResult)"/>.</summary>
    public static void Write(ref Span<byte> target, ReplicateResult replicate)
    {
        WriteAll(
            ref target,
            [
                replicate.Log10SpectralNorm, replicate.Log10FrobeniusNorm, replicate.Log10GradientNorm, replicate.Log10AbsDeterminant,
                replicate.LyapunovMax, replicate.LyapunovMean, replicate.Log10PascanuBound, replicate.Log10PathBound,
                replicate.MeanSlope, replicate.MeanLogSlope, replicate.Omega, replicate.WeightsSpectralNorm,
                replicate.LyapunovMaxSlope, replicate.LyapunovMaxWithinSem,
            ]);
        target[0] = (byte)Outcomes.IndexOf(replicate.Outcome);
        target[1] = (byte)(Statuses.IndexOf(replicate.Status) | (replicate.StatusStep is null ? 0 : HasStep));
        target = target[2..];
        WriteInt(ref target, replicate.StatusStep ?? 0);
        int converged = replicate.Converged is { } isConverged ? HasConverged | (isConverged ? IsConverged : 0) : 0;
        target[0] = (byte)(converged | (replicate.Spectrum is null ? 0 : HasSpectrum) | (replicate.Lags is null ? 0 : HasLags));
        target = target[1..];
        if (replicate.Spectrum is { } spectrum)
        {
            SpectrumStatistics statistics = spectrum.Statistics;
            WriteAll(
                ref target,
                [
                    statistics.Log10MinSingularValue, statistics.Log10ConditionNumber, statistics.UnstableFraction,
                    statistics.EntropyRate, statistics.KaplanYorkeDimension, statistics.SumRuleResidual,
                ]);
            WriteList(ref target, spectrum.Log10SingularValues);
            WriteList(ref target, spectrum.FrameExponents);
        }

        if (replicate.Lags is { } lags)
        {
            WriteList(ref target, lags.Log10SpectralNorms);
            WriteList(ref target, lags.Log10FrobeniusNorms);
            WriteInt(ref target, lags.VanishingLag ?? 0); // a lag is at least 1
            WriteInt(ref target, lags.ExplodingLag ?? 0);
        }
    }

    /// <summary>Reads a replicate, and moves on.</summary>
    /// <exception cref="FormatException">The bytes are not what <see cref="Write"/> made.</exception>
    public static ReplicateResult Read(ref ReadOnlySpan<byte> source, int version)
    {
        Span<double> numbers = stackalloc double[Numbers];
        numbers.Fill(double.NaN);
        ReadAll(ref source, numbers[..(version == 1 ? FirstNumbers : Numbers)]);
        ReadOnlySpan<byte> words = Take(ref source, 2);
        int outcome = words[0], status = words[1] & ~HasStep;
        if (outcome >= Outcomes.Length || status >= Statuses.Length)
        {
            throw new FormatException($"holds outcome {outcome} and status {status}, which this version does not know");
        }

        int step = ReadInt(ref source);
        int flags = version == 1 ? 0 : Take(ref source, 1)[0];
        if (flags > AllFlags)
        {
            throw new FormatException($"holds statistics {flags}, which this version does not know");
        }

        return new ReplicateResult
        {
            Log10SpectralNorm = numbers[0],
            Log10FrobeniusNorm = numbers[1],
            Log10GradientNorm = numbers[2],
            Log10AbsDeterminant = numbers[3],
            LyapunovMax = numbers[4],
            LyapunovMean = numbers[5],
            Log10PascanuBound = numbers[6],
            Log10PathBound = numbers[7],
            MeanSlope = numbers[8],
            MeanLogSlope = numbers[9],
            Omega = numbers[10],
            WeightsSpectralNorm = numbers[11],
            LyapunovMaxSlope = numbers[12],
            LyapunovMaxWithinSem = numbers[13],
            Converged = (flags & HasConverged) == 0 ? null : (flags & IsConverged) != 0,
            Outcome = Outcomes[outcome],
            Status = Statuses[status],
            StatusStep = (words[1] & HasStep) == 0 ? null : step,
            Spectrum = (flags & HasSpectrum) == 0 ? null : ReadSpectrum(ref source),
            Lags = (flags & HasLags) == 0 ? null : ReadLags(ref source),
        };
    }

    private static SpectrumResult ReadSpectrum(ref ReadOnlySpan<byte> source)
    {
        Span<double> numbers = stackalloc double[SpectrumNumbers];
        ReadAll(ref source, numbers);
        return new SpectrumResult
        {
            Statistics = new SpectrumStatistics
            {
                Log10MinSingularValue = numbers[0],
                Log10ConditionNumber = numbers[1],
                UnstableFraction = numbers[2],
                EntropyRate = numbers[3],
                KaplanYorkeDimension = numbers[4],
                SumRuleResidual = numbers[5],
            },
            Log10SingularValues = ReadList(ref source),
            FrameExponents = ReadList(ref source),
        };
    }

    private static LagsResult ReadLags(ref ReadOnlySpan<byte> source) => new()
    {
        Log10SpectralNorms = ReadList(ref source),
        Log10FrobeniusNorms = ReadList(ref source),
        VanishingLag = ReadInt(ref source) is var vanishing && vanishing != 0 ? vanishing : null,
        ExplodingLag = ReadInt(ref source) is var exploding && exploding != 0 ? exploding : null,
    };

    private static long Size(Numbers list) => sizeof(int) + (sizeof(double) * (long)list.Count);

    private static void WriteList(ref Span<byte> target, Numbers list)
    {
        WriteInt(ref target, list.Count);
        WriteAll(ref target, list.Values);
    }

    private static Numbers ReadList(ref ReadOnlySpan<byte> source)
    {
        int count = ReadInt(ref source);
        if (count < 0 || (long)count * sizeof(double) > source.Length)
        {
            throw new FormatException($"should hold a list of {count} numbers, but has {source.Length} bytes for them");
        }

        var numbers = new double[count];
        ReadAll(ref source, numbers);
        return new Numbers(ImmutableCollectionsMarshal.AsImmutableArray(numbers));
    }

    private static void WriteAll(ref Span<byte> target, scoped ReadOnlySpan<double> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(target[(i * sizeof(double))..], numbers[i]);
        }

        target = target[(numbers.Length * sizeof(double))..];
    }

    private static void ReadAll(ref ReadOnlySpan<byte> source, scoped Span<double> numbers)
    {
        ReadOnlySpan<byte> bytes = Take(ref source, numbers.Length * sizeof(double));
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes[(i * sizeof(double))..]);
        }
    }

    private static void WriteInt(ref Span<byte> target, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, value);
        target = target[sizeof(int)..];
    }

    private static int ReadInt(ref ReadOnlySpan<byte> source) => BinaryPrimitives.ReadInt32LittleEndian(Take(ref source, sizeof(int)));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> source, int length)
    {
        if (source.Length < length)
        {
            throw new FormatException("ends before its replicates do");
        }

        ReadOnlySpan<byte> taken = source[..length];
        source = source[length..];
        return taken;
    }
}
