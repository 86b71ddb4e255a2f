using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Networks;

/// <summary>The unscaled recurrent weights W₀ of one replicate, and what is computed of them once.</summary>
/// <param name="Values">W₀, N × N. Shared between trajectories: never written to.</param>
/// <param name="SpectralRadius">ρ(W₀), to 1e-10 relative.</param>
/// <param name="SpectralNorm">‖W₀‖₂.</param>
/// <param name="LogAbsDeterminant">ln |det W₀|.</param>
public sealed record DrawnWeights(Matrix Values, double SpectralRadius, double SpectralNorm, double LogAbsDeterminant)
{
    // Cells are what runs in parallel: factorisations that take further cores would slow others down, and sum in an order of their own.
    static DrawnWeights() => MathNet.Numerics.Control.UseSingleThread();

    /// <summary>W₀ drawn, or taken from the user's matrix, with all that is known of it.</summary>
    /// <exception cref="MathNet.Numerics.NonConvergenceException">An eigenvalue iteration did not converge.</exception>
    public static DrawnWeights Of(WeightEnsemble ensemble, int hiddenSize, double density, ulong seed, int replicate, Matrix? file)
    {
        Matrix values = file ?? WeightDraw.Draw(ensemble, hiddenSize, density, seed, replicate);
        double Norm() => LinearAlgebra.SpectralNorm.Of(values.Values, hiddenSize, hiddenSize);
        if (ensemble == WeightEnsemble.Antisymmetric)
        {
            double norm = Norm();
            return new DrawnWeights(values, norm, norm, LogDeterminant.Of(values)); // normal, so radius and norm are one
        }

        return ensemble is WeightEnsemble.Orthogonal or WeightEnsemble.Identity
            ? new DrawnWeights(values, 1, 1, 0) // known on paper, and better so than by iteration
            : new DrawnWeights(
                values,
                LinearAlgebra.SpectralRadius.Of(values),
                Norm(),
                LogDeterminant.Of(values));
    }
}
