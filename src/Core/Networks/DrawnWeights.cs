using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks;

/// <summary>The unscaled recurrent weights W₀ of one replicate, and numbers computed from them once.</summary>
/// <param name="Values">W₀, N × N. Shared between trajectories and never written to.</param>
/// <param name="SpectralRadius">ρ(W₀), to 1e-10 relative.</param>
/// <param name="SpectralNorm">‖W₀‖₂.</param>
/// <param name="LogAbsDeterminant">ln |det W₀|.</param>
public sealed record DrawnWeights(Matrix Values, double SpectralRadius, double SpectralNorm, double LogAbsDeterminant)
{
    // Experiments run in parallel, so factorisations on several cores would slow others down, and their order of summation would vary.
    static DrawnWeights() => MathNet.Numerics.Control.UseSingleThread();

    /// <inheritdoc cref="Of(WeightDistribution, int, ulong, int, Matrix?, int, bool, bool)"/>
    public static DrawnWeights Of(
        WeightEnsemble ensemble, int hiddenSize, double density, ulong seed, int replicate, Matrix? file, int block = 0, bool withProduct = true, bool withRadius = true) =>
        Of(new WeightDistribution(ensemble, density), hiddenSize, seed, replicate, file, block, withProduct, withRadius);

    /// <summary>Draws W₀, or takes the user's matrix, and computes the other numbers.</summary>
    /// <exception cref="MathNet.Numerics.NonConvergenceException">An eigenvalue iteration did not converge.</exception>
    /// <param name="distribution">The ensemble and its parameters.</param>
    /// <param name="hiddenSize">N.</param>
    /// <param name="seed">Seed of the sweep.</param>
    /// <param name="replicate">Index of the replicate.</param>
    /// <param name="file">The user's matrix; null draws one.</param>
    /// <param name="block">Place of the block of weights among those drawn.</param>
    /// <param name="withProduct">Whether the norm and the determinant are computed, which a product needs; otherwise they are NaN where they are not known without.</param>
    /// <param name="withRadius">Whether the spectral radius is computed.</param>
    public static DrawnWeights Of(
        WeightDistribution distribution, int hiddenSize, ulong seed, int replicate, Matrix? file, int block = 0, bool withProduct = true, bool withRadius = true)
    {
        WeightEnsemble ensemble = distribution.Ensemble;
        Matrix values = file ?? WeightDraw.Draw(distribution, hiddenSize, seed, replicate, block);
        double Norm() => LinearAlgebra.SpectralNorm.Of(values.Values, hiddenSize, hiddenSize);
        if (ensemble == WeightEnsemble.Antisymmetric && withRadius)
        {
            double norm = Norm();
            return new DrawnWeights(values, norm, norm, withProduct ? LogDeterminant.Of(values) : double.NaN); // normal, so the radius equals the norm
        }

        return ensemble is WeightEnsemble.Orthogonal or WeightEnsemble.Identity
            ? new DrawnWeights(values, 1, 1, 0) // known exactly
            : new DrawnWeights(
                values,
                withRadius ? LinearAlgebra.SpectralRadius.Of(values) : double.NaN,
                withProduct ? Norm() : double.NaN,
                withProduct ? LogDeterminant.Of(values) : double.NaN);
    }
}
