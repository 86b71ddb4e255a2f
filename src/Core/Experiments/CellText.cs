using System.Text;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// The canonical text of what determines a cell's readings: one line per field, in a fixed order, with shortest round-trip numbers. It leaves out the
/// number of replicates, and the threshold unless lags are measured, because only lags depend on it. The hash of the text is the cell's key, so any
/// change here, or of any number that a cell yields, needs a new <see cref="NumericsVersion"/> or <see cref="SpectrumNumericsVersion"/>.
/// </summary>
public static class CellText
{
    /// <summary>Version of the numerics of cells without spectrum, part of every key. Raised whenever the same cell would give different digits.</summary>
    public const int NumericsVersion = 4;

    /// <summary>Version of the numerics of cells that measure the spectrum.</summary>
    public const int SpectrumNumericsVersion = 5;

    /// <summary>Version of the numerics of leading exponents, part of the keys of cells that measure them.</summary>
    public const int LeadingNumericsVersion = 2;

    /// <summary>Version of the numerics of gradients with respect to parameters, part of the keys of cells that measure them.</summary>
    public const int GradientNumericsVersion = 1;

    /// <summary>Version of the numerics of the activity, part of the keys of cells that measure it.</summary>
    public const int ActivityNumericsVersion = 1;

    // All lines except the digests: 52 lines of at most 22 characters of name, 25 of value and a line feed.
    private const int MostBytesOfLines = 2496;

    /// <summary>The text of all that determines a cell's readings.</summary>
    public static string Of(CellSpec spec) => Text(spec, whole: true);

    /// <summary>The text of all that determines the trajectories of a cell's replicates. Cells with equal texts read the same trajectories.</summary>
    public static string OfTrajectory(CellSpec spec) => Text(spec, whole: false);

    /// <summary>Upper bound of the bytes in the text of a cell.</summary>
    internal static int MostBytes(CellSpec spec) =>
        MostBytesOfLines + Encoding.UTF8.GetMaxByteCount(
            (spec.WeightsDigest?.Length ?? 0) + (spec.InputDigest?.Length ?? 0) + (spec.NetworkDigest?.Length ?? 0) + (spec.InitialStateDigest?.Length ?? 0)
            + (spec.JacobiansDigest?.Length ?? 0));

    /// <summary>Writes the text of a cell's trajectory, with which the text of the cell begins, as UTF-8.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="text">At least <see cref="MostBytes"/> bytes.</param>
    /// <returns>Number of bytes.</returns>
    internal static int WriteTrajectory(CellSpec spec, Span<byte> text)
    {
        int end = 0;
        Line(text, ref end, "numerics: "u8, spec.MeasuresSpectrum ? SpectrumNumericsVersion : NumericsVersion);
        Line(text, ref end, "hidden_size: "u8, spec.HiddenSize);
        Line(text, ref end, "activation: "u8, CanonicalText.Of(spec.Activation));
        Line(text, ref end, "state: "u8, CanonicalText.Of(spec.State));
        Line(text, ref end, "weights: "u8, spec.WeightsDigest ?? CanonicalText.Of(spec.Weights));
        Line(text, ref end, "scaling: "u8, CanonicalText.Of(spec.Scaling));
        Line(text, ref end, "density: "u8, spec.Density);
        Line(text, ref end, "spectral_radius: "u8, spec.SpectralRadius);
        Line(text, ref end, "input: "u8, spec.InputDigest ?? "normal");
        Line(text, ref end, "input_scale: "u8, spec.InputScale);
        Line(text, ref end, "input_size: "u8, spec.ResolvedInputSize);
        Line(text, ref end, "bias: "u8, spec.Bias);
        Line(text, ref end, "bias_scale: "u8, spec.BiasScale);
        if (spec.InitialStateDigest is { } initial)
        {
            Line(text, ref end, "initial_state: "u8, initial);
        }
        else
        {
            Line(text, ref end, "initial_state: "u8, spec.InitialState);
        }

        Line(text, ref end, "initial_scale: "u8, spec.InitialScale);
        Line(text, ref end, "transient: "u8, spec.Transient);
        Line(text, ref end, "seed: "u8, spec.Seed);
        Line(text, ref end, "jacobian: "u8, CanonicalText.Of(spec.Jacobian));
        LineUnless(1, text, ref end, "leak: "u8, spec.Leak);
        LineUnless(0, text, ref end, "diffusion: "u8, spec.Diffusion);
        LineUnless(0, text, ref end, "frame_transient: "u8, spec.FrameTransient);
        LineUnless(0, text, ref end, "input_sequences: "u8, spec.InputSequences);
        if (!spec.Tied)
        {
            Line(text, ref end, "tied: "u8, "false");
        }

        LineUnless(WeightDistribution.DefaultStability, text, ref end, "stability: "u8, spec.Stability);
        LineUnless(1, text, ref end, "rank: "u8, spec.Rank);
        LineUnless(1, text, ref end, "low_rank_strength: "u8, spec.LowRankStrength);
        WriteGates(spec, text, ref end);
        WriteJacobians(spec, text, ref end);
        if (spec.MeasuresSpectrum)
        {
            Line(text, ref end, "product: "u8, "spectrum"); // the spectrum needs another product from the first step on
        }
        else if (!spec.MeasuresNorms)
        {
            Line(text, ref end, "product: "u8, "none");
        }

        if (spec.MeasuresLeading)
        {
            Line(text, ref end, "leading_numerics: "u8, LeadingNumericsVersion);
            Line(text, ref end, "leading: "u8, spec.ResolvedLeading);
        }

        if (spec.MeasuresGradient)
        {
            Line(text, ref end, "gradient_numerics: "u8, GradientNumericsVersion);
            Line(text, ref end, "loss: "u8, CanonicalText.Of(spec.Loss));
        }

        return end;
    }

    /// <summary>Appends the lines after the text of the trajectory: the sequence length and the statistics.</summary>
    /// <param name="spec">The cell, at any sequence length.</param>
    /// <param name="sequenceLength">The sequence length.</param>
    /// <param name="text">At least <see cref="MostBytes"/> bytes, beginning with the text of the trajectory.</param>
    /// <param name="end">Number of bytes of the trajectory's text.</param>
    /// <returns>Number of bytes of the whole text.</returns>
    internal static int WriteReading(CellSpec spec, int sequenceLength, Span<byte> text, int end)
    {
        Line(text, ref end, "sequence_length: "u8, sequenceLength);
        Line(text, ref end, "statistics: "u8, StatisticsNames.Of(spec));
        if (spec.MeasuresLags)
        {
            Line(text, ref end, "threshold: "u8, spec.Threshold);
        }

        if (spec.MeasuresActivity)
        {
            Line(text, ref end, "activity_numerics: "u8, ActivityNumericsVersion);
        }

        if (spec is { MeasuresLags: true, LagCount: { } count })
        {
            Line(text, ref end, "lags: "u8, count);
        }

        return end;
    }

    // Of the fields of gates those that the network uses.
    private static void WriteGates(CellSpec spec, Span<byte> text, ref int end)
    {
        if (spec is { Network: NetworkKind.Rnn, NetworkDigest: null })
        {
            return;
        }

        Line(text, ref end, "network: "u8, spec.NetworkDigest ?? CanonicalText.Of(spec.Network));
        if (spec.Layer is { } layer)
        {
            Line(text, ref end, "layer: "u8, layer);
        }

        if (spec.Direction == Direction.Backward)
        {
            Line(text, ref end, "direction: "u8, CanonicalText.Of(spec.Direction));
        }

        if (spec.Network is NetworkKind.Gru or NetworkKind.Lstm)
        {
            LineUnless(spec.SpectralRadius, text, ref end, "gate_spectral_radius: "u8, spec.ResolvedGateSpectralRadius);
        }

        if (spec.Network == NetworkKind.Lstm)
        {
            LineUnless(0, text, ref end, "forget_bias: "u8, spec.ForgetBias);
            LineUnless(0, text, ref end, "input_bias: "u8, spec.InputBias);
            LineUnless(0, text, ref end, "output_bias: "u8, spec.OutputBias);
        }
        else if (spec.Network != NetworkKind.Rnn)
        {
            LineUnless(0, text, ref end, "update_bias: "u8, spec.UpdateBias);
        }

        if (spec.Network == NetworkKind.Gru)
        {
            LineUnless(0, text, ref end, "reset_bias: "u8, spec.ResetBias);
        }
    }

    private static void WriteJacobians(CellSpec spec, Span<byte> text, ref int end)
    {
        if (spec.JacobiansDigest is not null)
        {
            Line(text, ref end, "jacobians: "u8, spec.JacobiansDigest);
            Line(text, ref end, "jacobians_layout: "u8, CanonicalText.Of(spec.JacobiansLayout));
            Line(text, ref end, "jacobian_sequences: "u8, spec.JacobianSequences);
        }
    }

    private static string Text(CellSpec spec, bool whole)
    {
        var text = new byte[MostBytes(spec)];
        int end = WriteTrajectory(spec, text);
        return Encoding.UTF8.GetString(text.AsSpan(..(whole ? WriteReading(spec, spec.SequenceLength, text, end) : end)));
    }

    // For fields added after results had been stored: cells with the default value keep their keys.
    private static void LineUnless(double fallback, Span<byte> text, ref int end, ReadOnlySpan<byte> name, double value)
    {
        if (value != fallback)
        {
            Line(text, ref end, name, value);
        }
    }

    private static void Line<T>(Span<byte> text, ref int end, ReadOnlySpan<byte> name, T value)
        where T : IUtf8SpanFormattable
    {
        name.CopyTo(text[end..]);
        end += name.Length;
        bool fits = value.TryFormat(text[end..], out int written, default, null);
        System.Diagnostics.Debug.Assert(fits, "a number is no longer than 25 characters");
        end += written;
        text[end++] = (byte)'\n';
    }

    private static void Line(Span<byte> text, ref int end, ReadOnlySpan<byte> name, string value)
    {
        name.CopyTo(text[end..]);
        end += name.Length;
        end += Encoding.UTF8.GetBytes(value, text[end..]);
        text[end++] = (byte)'\n';
    }
}
