using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Tests.Jacobians;

/// <summary>Products of Jacobians with slopes that are given for each step, and that no activation would have.</summary>
internal sealed class ScriptedSlopes(Matrix weights, bool slopesComeFirst, IReadOnlyList<double[]> slopes) : ISlopeHistory
{
    private readonly RecurrentNetwork _network = Network(weights, slopesComeFirst);

    /// <summary>A network whose Jacobians are W diag(slopes), or diag(slopes) W.</summary>
    public static RecurrentNetwork Network(Matrix weights, bool slopesComeFirst) => RecurrentNetwork.Of(
        slopesComeFirst ? StateForm.PreActivation : StateForm.PostActivation, JacobianForm.Exact, weights, Activation.Named(ActivationKind.Tanh));

    public ReadOnlySpan<double> At(int index, out double exponent)
    {
        exponent = 0;
        return slopes[index];
    }

    /// <summary>The product of all Jacobians as the program computes it.</summary>
    public JacobianProduct Product() => Run(LogDeterminant.Of(weights));

    /// <summary>The product with all its columns: a determinant of this size shows that the singular values are not spread.</summary>
    public JacobianProduct Dense() => Run(double.PositiveInfinity);

    /// <summary>The product with all its singular values.</summary>
    public SpectralProduct Spectral()
    {
        var product = new SpectralProduct(_network);
        foreach (double[] step in slopes)
        {
            product.Advance(step, 0);
        }

        return product;
    }

    private JacobianProduct Run(double logDeterminant)
    {
        var product = new JacobianProduct(_network, this, logDeterminant);
        foreach (double[] step in slopes)
        {
            product.Prepare(CancellationToken.None);
            product.Advance(step, 0, step.Sum(Math.Log));
        }

        return product;
    }
}
