using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Networks.Gated;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// Compares three candidates for the Jacobian of a network's first step with central differences; of a gated network the Jacobian and its transpose. Numbers are largest absolute deviations. With a
/// leak a, each candidate is (1 − a) I plus a times its form without a leak.
/// </summary>
/// <param name="Exact">Deviation of W diag(φ') (pre-activation) or diag(φ') W (post-activation) from the differences.</param>
/// <param name="Transpose">Deviation of the transpose of that from the differences.</param>
/// <param name="Printed">Deviation of Wᵀ diag(φ'), as printed in 2013, from the differences; NaN for a gated network, of which the paper prints none.</param>
/// <param name="PrintedFromTranspose">Deviation of Wᵀ diag(φ') from the transpose of the differences.</param>
/// <param name="LargestEntry">The largest magnitude of the differences.</param>
public sealed record JacobianComparison(double Exact, double Transpose, double Printed, double PrintedFromTranspose, double LargestEntry)
{
    private const double LargestStep = 1e-3;

    /// <summary>Whether a deviation is within the error of central differences: truncation of order h⁴ and rounding of order ε/h at h = 1e-3.</summary>
    public bool Agrees(double deviation) => deviation <= 1e-8 * Math.Max(LargestEntry, 1e-3);

    /// <summary>Compares the three candidates on the first replicate of a cell.</summary>
    /// <exception cref="ArgumentException">W₀ has spectral radius 0 and cannot be scaled, or the state is not finite.</exception>
    /// <exception cref="OverflowException">The scaled weights are beyond the range of a double.</exception>
    public static JacobianComparison Of(CellSpec spec, IMatrixSource matrices)
    {
        var weights = new WeightsCache(0);

        // The Jacobian of one step is the same whether later steps share its weights or not.
        Trajectory trajectory = ReplicateTrajectory.Start(spec with { Jacobian = JacobianForm.Exact, Tied = true }, 0, block => weights.Find(spec, 0, matrices, block), matrices)?.Trajectory
            ?? throw new ArgumentException("the recurrent weights have spectral radius 0 and cannot be scaled to another");
        trajectory.AdvanceTo(0);
        if (trajectory.OverflowStep is not null)
        {
            throw new ArgumentException("the state has left the range of a double");
        }

        INetwork network = trajectory.Network;
        bool isGated = network is GatedNetwork or StackedNetwork or UpperLayer;
        double[] state = trajectory.State.ToArray(), drive = trajectory.NextDrive();
        Matrix exact = JacobianCheck.Form(network, state, drive);
        Matrix differences = JacobianCheck.CentralDifferences(network, state, drive, isGated ? LargestStep : StepWidth(spec, network, state, drive));
        Matrix? printed = isGated ? null : FormPrinted(spec, network, exact, state, drive);
        return new JacobianComparison(
            JacobianCheck.LargestDeviation(exact, differences),
            JacobianCheck.LargestDeviation(exact.Transpose(), differences),
            printed is null ? double.NaN : JacobianCheck.LargestDeviation(printed, differences),
            printed is null ? double.NaN : JacobianCheck.LargestDeviation(printed, differences.Transpose()),
            differences.Values.Max(Math.Abs));
    }

    // Wᵀ diag(φ') at the same argument of φ as in the network's own Jacobian.
    private static Matrix FormPrinted(CellSpec spec, INetwork network, Matrix exact, double[] state, double[] drive)
    {
        if (spec.State == StateForm.PostActivation)
        {
            return exact.Transpose(); // (diag(φ') W)ᵀ = Wᵀ diag(φ')
        }

        INetwork printed = network is LeakyNetwork leaky ? leaky.AsPrinted() : Plain(network).AsPrinted();
        return JacobianCheck.Form(printed, state, drive);
    }

    // The differences must not straddle a kink of φ.
    private static double StepWidth(CellSpec spec, INetwork network, double[] state, double[] drive)
    {
        double[] argument = Plain(network).ArgumentOfActivation(state, drive);
        double reach = spec.State == StateForm.PreActivation ? 1 : Plain(network).LargestWeight;
        double nearest = Activation.Named(spec.Activation).Kinks
            .SelectMany(kink => argument.Select(a => Math.Abs(a - kink)))
            .Append(double.PositiveInfinity)
            .Min();
        return Math.Min(LargestStep, nearest / (2 * Math.Max(reach, double.Epsilon)));
    }

    private static RecurrentNetwork Plain(INetwork network) => network is LeakyNetwork leaky ? leaky.Inner : (RecurrentNetwork)network;
}
