namespace RnnSweep.Core.Networks;

/// <summary>What W₀ is drawn from: an ensemble and its parameters.</summary>
/// <param name="Ensemble">The ensemble.</param>
/// <param name="Density">Fraction of non-zero weights of the sparse ensemble, in (0, 1].</param>
/// <param name="Stability">Stability α of the Lévy ensemble, from 0.1 to 2.</param>
public readonly record struct WeightDistribution(WeightEnsemble Ensemble, double Density = 1, double Stability = WeightDistribution.DefaultStability)
{
    internal const double DefaultStability = 1.5;

    /// <summary>The distribution with parameters that the ensemble does not use at their defaults, so that equal distributions are equal values.</summary>
    public WeightDistribution Normalised() => new(
        Ensemble, Ensemble == WeightEnsemble.Sparse ? Density : 1, Ensemble == WeightEnsemble.Levy ? Stability : DefaultStability);
}
