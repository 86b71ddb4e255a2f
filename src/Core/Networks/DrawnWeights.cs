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

    /// <summary>Draws W₀, or takes the user's matrix, and computes the other numbers.</summary>
    /// <exception cref="MathNet.Numerics.NonConvergenceException">An eigenvalue iteration did not converge.</exception>
    public static DrawnWeights Of(WeightEnsemble ensemble, int hiddenSize, double density, ulong seed, int replicate, Matrix? file, int block = 0)
    {
        Matrix values = file ?? WeightDraw.Draw(ensemble, hiddenSize, density, seed, replicate, block);
        double Norm() => LinearAlgebra.SpectralNorm.Of(values.Values, hiddenSize, hiddenSize);
        if (ensemble == WeightEnsemble.Antisymmetric)
        {
            double norm = Norm();
            return new DrawnWeights(values, norm, norm, LogDeterminant.Of(values)); // normal, so the radius equals the norm
        }

        return ensemble is WeightEnsemble.Orthogonal or WeightEnsemble.Identity
            ? new DrawnWeights(values, 1, 1, 0) // known exactly
            : new DrawnWeights(
                values,
                LinearAlgebra.SpectralRadius.Of(values),
                Norm(),
                LogDeterminant.Of(values));
    }
}
