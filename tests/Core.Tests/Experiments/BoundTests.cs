using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Tests.Experiments;

public sealed class BoundTests
{
    public static TheoryData<ActivationKind> Kinds => [.. Enum.GetValues<ActivationKind>()];

    // ‖P_T‖ ≤ Π ‖W‖ max φ' ≤ (γ ‖W‖)^T, and other inequalities that hold for every replicate.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_norm_of_a_whole_sweep_is_above_its_bounds(ActivationKind activation)
    {
        foreach (CellSpec spec in
            from state in Enum.GetValues<StateForm>()
            from ensemble in Enum.GetValues<WeightEnsemble>().Where(e => e != WeightEnsemble.File)
            from radius in new[] { 0.5, 1, 3 }
            from length in new[] { 1, 10, 80 }
            from leak in radius == 3 && length == 80 ? new[] { 1, 0.3 } : [1]
            select new CellSpec
            {
                HiddenSize = 10,
                Activation = activation,
                State = state,
                Weights = ensemble,
                Density = 0.6,
                SpectralRadius = radius,
                SequenceLength = length,
                Leak = leak,
                InputScale = 0.3,
                BiasScale = 0.2,
                Replicates = 2,
            })
        {
            foreach (Reading r in Cell.RunAll(spec))
            {
                double slack = 1e-13 * spec.SequenceLength; // N ε a step, where the bound is reached
                Assert.True(r.Log10SpectralNorm <= r.Log10PathBound + slack, $"{spec}: {r}");
                Assert.True(r.Log10PathBound <= r.Log10PascanuBound + slack, $"{spec}: {r}");
                Assert.True(r.Log10GradientNorm <= r.Log10SpectralNorm + slack, $"{spec}: {r}");
                Assert.True(r.Log10SpectralNorm <= r.Log10FrobeniusNorm + slack, $"{spec}: {r}");
                Assert.True(r.Log10FrobeniusNorm <= r.Log10SpectralNorm + (0.5 * Math.Log10(10)) + slack, $"{spec}: {r}");
                Assert.True(r.Log10AbsDeterminant <= (10 * r.Log10SpectralNorm) + slack, $"{spec}: {r}");
                Assert.True(r.LyapunovMean <= r.LyapunovMax + slack, $"{spec}: {r}");
                Assert.True(r.WeightsSpectralNorm >= spec.SpectralRadius * (1 - 1e-10), $"{spec}: {r}");
                Assert.True(r.MeanLogSlope <= Math.Log(r.MeanSlope) + slack, $"{spec}: {r}"); // Jensen
            }
        }
    }

    // The printed form has the same determinant, slopes and bounds. From N = 3 on its exponents may differ, here for networks that oscillate: λ_1 is 0, and the
    // printed form gives another value. If the state converges to a fixed point, W diag φ' and Wᵀ diag φ' have the same
    // eigenvalues, so not every network shows the difference.
    [Fact]
    public void The_printed_form_changes_only_numbers_that_depend_on_the_order_of_factors()
    {
        CellSpec exact = new() { HiddenSize = 16, SpectralRadius = 1.5, SequenceLength = 3000, Transient = 500, Replicates = 4 };
        Reading[] right = Cell.RunAll(exact), half = Cell.RunAll(exact with { SequenceLength = 1500 });
        Reading[] printed = Cell.RunAll(exact with { Jacobian = JacobianForm.AsPrinted });

        for (int i = 0; i < right.Length; i++)
        {
            Assert.Equal(right[i].Log10AbsDeterminant, printed[i].Log10AbsDeterminant);
            Assert.Equal(right[i].Log10PascanuBound, printed[i].Log10PascanuBound);
            Assert.Equal(right[i].Log10PathBound, printed[i].Log10PathBound);
            Assert.Equal((right[i].MeanSlope, right[i].MeanLogSlope), (printed[i].MeanSlope, printed[i].MeanLogSlope));
            Assert.Equal(right[i].LyapunovMax, half[i].LyapunovMax, 0.002); // converged: the difference is (ln of a constant)/T
        }

        Assert.Contains(right.Zip(printed), pair => Math.Abs(pair.First.LyapunovMax - pair.Second.LyapunovMax) > 0.05);
    }

    // For N = 2, if neither off-diagonal entry is 0, W = D⁻¹ Wᵀ D for a diagonal D, so the products differ by a bounded factor.
    [Fact]
    public void The_printed_form_has_the_right_exponents_for_two_units()
    {
        CellSpec exact = new() { HiddenSize = 2, SpectralRadius = 3, SequenceLength = 2000, Replicates = 6 };
        Reading[] all = Cell.RunAll(exact), allPrinted = Cell.RunAll(exact with { Jacobian = JacobianForm.AsPrinted });
        foreach ((Reading right, Reading printed) in all.Zip(allPrinted))
        {
            Assert.Equal(right.LyapunovMax, printed.LyapunovMax, 5.0 / 2000); // D² = |W_12 / W_21|, between e^−5 and e^5 here
        }
    }
}
