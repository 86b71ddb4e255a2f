using System.Collections.Concurrent;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// Mean-field theory of a cell. It covers gaussian weights in pre-activation form, driven by white noise or autonomous, without leak or diffusion,
/// with the exact Jacobian. Cells with the same parameters of the theory share one calculation, so one instance should serve a whole table. A result
/// does not depend on earlier calls. No method throws: where a calculation fails, for example because an iteration does not converge, the value is
/// unknown. Thread-safe.
/// </summary>
public sealed class Theory
{
    private readonly ConcurrentDictionary<Parameters, double> _exponents = [];
    private readonly ConcurrentDictionary<Parameters, LyapunovSpectrum?> _spectra = [];

    /// <summary>The mean-field λ_1 in nats per step (<see cref="MeanField"/>); NaN where none is known.</summary>
    public double LyapunovMax(CellSpec spec) =>
        Parameters.Of(spec) is Parameters parameters ? _exponents.GetOrAdd(parameters, static q => Try(q.MeanField.LyapunovMax, double.NaN)) : double.NaN;

    /// <summary>λ(y) of the whole spectrum as N → ∞; null where none is known.</summary>
    public LyapunovSpectrum? Spectrum(CellSpec spec) =>
        Parameters.Of(spec) is Parameters parameters ? _spectra.GetOrAdd(parameters, static q => Try(() => SpectrumOf(q), null)) : null;

    /// <summary>
    /// The exponents with indices (i + ½) N/<paramref name="count"/> of the spectrum, descending, in nats per step; −∞ beyond the product's rank, NaN
    /// where an exponent is not known. Null where the spectrum is not known.
    /// </summary>
    public double[]? Exponents(CellSpec spec, int count) => Spectrum(spec) is LyapunovSpectrum spectrum
        ? [.. Enumerable.Range(0, count).Select(i => Try(() => spectrum.Exponent((i + 0.5) / count), double.NaN))]
        : null;

    /// <summary>All theoretical values of a cell; NaN where not known. Those beyond λ_1 take about a millisecond to compute.</summary>
    public CellTheory Of(CellSpec spec) => Spectrum(spec) is LyapunovSpectrum spectrum
        ? new CellTheory(
            LyapunovMax(spec),
            Try(() => spectrum.UnstableFraction, double.NaN),
            spec.HiddenSize * Try(() => spectrum.EntropyRate, double.NaN),
            spec.HiddenSize * Try(() => spectrum.KaplanYorkeDimension, double.NaN))
        : CellTheory.Unknown with { LyapunovMax = LyapunovMax(spec) };

    /// <summary>The values of <see cref="Of"/> that correspond to something that the cell measures; the others are NaN and not computed.</summary>
    public CellTheory OfMeasured(CellSpec spec) => spec.MeasuresExponents ? Of(spec) : CellTheory.Unknown with { LyapunovMax = LyapunovMax(spec) };

    private static T Try<T>(Func<T> calculate, T unknown)
    {
        try
        {
            return calculate();
        }
#pragma warning disable CA1031 // a failed calculation must not lose the measured columns
        catch (Exception error) when (error is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            return unknown;
        }
    }

    private static LyapunovSpectrum? SpectrumOf(Parameters parameters)
    {
        // Where slopes do not depend on the variance, any variance gives the spectrum, even without a fixed point.
        var activation = Activation.Named(parameters.Activation);
        MeanField meanField = parameters.MeanField;
        double? variance = activation.SlopeIsConstant ? 0 : meanField.Outermost()?.Variance ?? (meanField.SlopesAreKnownAtAnyVariance ? 1 : null);
        return variance is double q ? new LyapunovSpectrum(activation, parameters.Gain, q, parameters.Bias) : null;
    }

    private readonly record struct Parameters(ActivationKind Activation, double Gain, double Drive, double Bias)
    {
        public MeanField MeanField => new(Networks.Activations.Activation.Named(Activation), Gain, Drive, Bias);

        public static Parameters? Of(CellSpec spec)
        {
            bool isDrivenByData = spec.InputScale != 0 && spec.InputDigest is not null;
            bool isKnown = spec is { JacobiansDigest: null, Network: NetworkKind.Rnn, State: StateForm.PreActivation } && spec.Weights == WeightEnsemble.Gaussian
                && spec.Jacobian == JacobianForm.Exact && spec.Leak == 1 && spec.Diffusion == 0 && !isDrivenByData;
            double drive = (spec.InputScale * spec.InputScale) + (spec.BiasScale * spec.BiasScale);
            return isKnown ? new Parameters(spec.Activation, spec.SpectralRadius, drive, spec.Bias) : null;
        }
    }
}
