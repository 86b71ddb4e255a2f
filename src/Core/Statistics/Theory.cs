using System.Collections.Concurrent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// What theory says of a cell, where it says anything. Cells that differ in nothing that theory knows of share one calculation, so an instance
/// is kept for a whole table. Safe from several threads.
/// </summary>
public sealed class Theory
{
    private readonly ConcurrentDictionary<(ActivationKind Activation, double Gain, double Drive, double Bias), double> _known = [];

    /// <summary>What theory says of a cell.</summary>
    public CellTheory Of(CellSpec spec) => CellTheory.Unknown with { LyapunovMax = LyapunovMax(spec) };

    /// <summary>
    /// The mean-field λ_1 in nats per step (<see cref="MeanField"/>); NaN where none is known: only gaussian weights in pre-activation form,
    /// driven by white noise or not at all, with the exact Jacobian, have one.
    /// </summary>
    public double LyapunovMax(CellSpec spec)
    {
        bool isDrivenByData = spec.InputScale != 0 && spec.InputDigest is not null;
        if (spec.State != StateForm.PreActivation || spec.Weights != WeightEnsemble.Gaussian || spec.Jacobian != JacobianForm.Exact || isDrivenByData)
        {
            return double.NaN;
        }

        double drive = (spec.InputScale * spec.InputScale) + (spec.BiasScale * spec.BiasScale);
        var question = (spec.Activation, spec.SpectralRadius, drive, spec.Bias);
        if (!_known.TryGetValue(question, out double answer))
        {
            answer = new MeanField(Activation.Named(spec.Activation), spec.SpectralRadius, drive, spec.Bias).LyapunovMax();
            _known.TryAdd(question, answer);
        }

        return answer;
    }
}
