using System.Collections.Concurrent;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// What theory says of a cell, where it says anything: only gaussian weights in pre-activation form, driven by white noise or not at all,
/// without leak or diffusion, with the exact Jacobian, have one. Cells that differ in nothing that theory knows of share one calculation, so an instance is kept for a whole
/// table; an answer does not depend on what was asked before. A calculation that fails, say by an iteration that does not converge, is as if no theory
/// were known: no method here throws. Safe from several threads.
/// </summary>
public sealed class Theory
{
    private readonly ConcurrentDictionary<Question, double> _exponents = [];
    private readonly ConcurrentDictionary<Question, LyapunovSpectrum?> _spectra = [];

    /// <summary>The mean-field λ_1 in nats per step (<see cref="MeanField"/>); NaN where none is known.</summary>
    public double LyapunovMax(CellSpec spec) =>
        Question.Of(spec) is Question question ? _exponents.GetOrAdd(question, static q => Try(q.MeanField.LyapunovMax, double.NaN)) : double.NaN;

    /// <summary>λ(y) of the whole spectrum as N → ∞; null where none is known.</summary>
    public LyapunovSpectrum? Spectrum(CellSpec spec) =>
        Question.Of(spec) is Question question ? _spectra.GetOrAdd(question, static q => Try(() => SpectrumOf(q), null)) : null;

    /// <summary>
    /// The exponents number (i + ½) N/<paramref name="count"/> of the spectrum, from the largest, in nats per step; −∞ where the product has no such rank,
    /// NaN where an exponent is not known. Null where none is.
    /// </summary>
    public double[]? Exponents(CellSpec spec, int count) => Spectrum(spec) is LyapunovSpectrum spectrum
        ? [.. Enumerable.Range(0, count).Select(i => Try(() => spectrum.Exponent((i + 0.5) / count), double.NaN))]
        : null;

    /// <summary>All that theory says of a cell; NaN where it is not known. What goes beyond λ_1 takes about a millisecond to work out.</summary>
    public CellTheory Of(CellSpec spec) => Spectrum(spec) is LyapunovSpectrum spectrum
        ? new CellTheory(
            LyapunovMax(spec),
            Try(() => spectrum.UnstableFraction, double.NaN),
            spec.HiddenSize * Try(() => spectrum.EntropyRate, double.NaN),
            spec.HiddenSize * Try(() => spectrum.KaplanYorkeDimension, double.NaN))
        : CellTheory.Unknown with { LyapunovMax = LyapunovMax(spec) };

    /// <summary>What of <see cref="Of"/> stands beside something that the cell measures; the rest is not worked out, and NaN.</summary>
    public CellTheory OfMeasured(CellSpec spec) => spec.MeasuresSpectrum ? Of(spec) : CellTheory.Unknown with { LyapunovMax = LyapunovMax(spec) };

    private static T Try<T>(Func<T> calculate, T unknown)
    {
        try
        {
            return calculate();
        }
#pragma warning disable CA1031 // whatever it is: the measured columns beside it are right
        catch (Exception error) when (error is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            return unknown;
        }
    }

    private static LyapunovSpectrum? SpectrumOf(Question question)
    {
        // Where slopes do not depend on the variance any serves, also where there is no fixed point.
        var activation = Activation.Named(question.Activation);
        MeanField meanField = question.MeanField;
        double? variance = activation.SlopeIsConstant ? 0 : meanField.Outermost()?.Variance ?? (meanField.SlopesAreKnownAtAnyVariance ? 1 : null);
        return variance is double q ? new LyapunovSpectrum(activation, question.Gain, q, question.Bias) : null;
    }

    private readonly record struct Question(ActivationKind Activation, double Gain, double Drive, double Bias)
    {
        public MeanField MeanField => new(Networks.Activations.Activation.Named(Activation), Gain, Drive, Bias);

        public static Question? Of(CellSpec spec)
        {
            bool isDrivenByData = spec.InputScale != 0 && spec.InputDigest is not null;
            bool isKnown = spec.State == StateForm.PreActivation && spec.Weights == WeightEnsemble.Gaussian
                && spec.Jacobian == JacobianForm.Exact && spec.Leak == 1 && spec.Diffusion == 0 && !isDrivenByData;
            double drive = (spec.InputScale * spec.InputScale) + (spec.BiasScale * spec.BiasScale);
            return isKnown ? new Question(spec.Activation, spec.SpectralRadius, drive, spec.Bias) : null;
        }
    }
}
