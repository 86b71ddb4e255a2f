using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Networks with heavy-tailed weights, and the exponents of a transposed product (examples/heavy-tails.yaml).</summary>
public sealed class HeavyTailsTests
{
    private static readonly CellSpec s_spec = new() { HiddenSize = 7, Weights = WeightEnsemble.Levy, Stability = 1.3, Scaling = WeightScaling.Expected, SequenceLength = 12, Replicates = 1 };

    // Carrying Q ← JᵀQ forward multiplies J_Tᵀ ⋯ J_1ᵀ with Jᵀ = D Wᵀ, which is D_T · (Wᵀ D_{T−1} ⋯ Wᵀ D_1) · Wᵀ: the printed form's product of one step
    // less between two constant factors, so it has the same exponents as T → ∞.
    [Fact]
    public void The_transposes_in_forward_order_have_the_product_of_the_printed_form_between_two_factors()
    {
        var exact = new PlainReplicate(s_spec, 0);
        var printed = new PlainReplicate(s_spec with { Jacobian = JacobianForm.AsPrinted }, 0);
        Matrix transposes = exact.Jacobians.Aggregate(Matrix.Identity(7), (product, jacobian) => PlainMatrix.Multiply(jacobian.Transpose(), product));
        Matrix inner = printed.Jacobians.SkipLast(1).Aggregate(Matrix.Identity(7), (product, jacobian) => PlainMatrix.Multiply(jacobian, product));
        Matrix expected = PlainMatrix.Multiply(PlainMatrix.Diagonal(exact.Slopes[^1]), PlainMatrix.Multiply(inner, exact.Weights.Transpose()));

        PlainMatrix.AssertClose(expected, transposes, 1e-12 * PlainMatrix.MaxAbs(transposes)); // T N ε
    }

    // Cauchy weights with a gain of 1.5: the network is chaotic, but the transposed product decays. Both means are at least two standard errors from 0.
    [Fact]
    public void The_largest_exponent_has_another_sign_with_the_transposed_product()
    {
        CellSpec spec = s_spec with
        {
            HiddenSize = 200,
            Stability = 1,
            SpectralRadius = 1.5,
            SequenceLength = 800,
            Transient = 300,
            Replicates = 16,
            MeasuresNorms = false,
            MeasuresLeading = true,
            Leading = 1,
        };
        double[] exact = [.. Cell.RunAll(spec).Select(reading => reading.Lyapunov1)], transposed = [.. Cell.RunAll(spec with { Jacobian = JacobianForm.AsPrinted }).Select(reading => reading.Lyapunov1)];

        Assert.True(exact.Average() > 2 * Sem(exact), $"{exact.Average()} ± {Sem(exact)}");
        Assert.True(transposed.Average() < -2 * Sem(transposed), $"{transposed.Average()} ± {Sem(transposed)}");

        static double Sem(double[] values) => MathNet.Numerics.Statistics.Statistics.StandardDeviation(values) / Math.Sqrt(values.Length);
    }

    // The state's variance is in ever fewer directions as the tails get heavier; for gaussian weights it is in a fraction of all.
    [Fact]
    public void Heavy_tails_make_chaos_of_few_dimensions()
    {
        double[] dimensions = [.. new[] { 1, 1.5, 2 }.Select(stability => Cell.RunAll(s_spec with
        {
            HiddenSize = 200, Stability = stability, SpectralRadius = 2, SequenceLength = 1000, Transient = 300, Replicates = 4, MeasuresNorms = false, MeasuresLeading = true, Leading = 1, MeasuresActivity = true,
        }).Average(reading => reading.ParticipationRatio))];

        Assert.True(dimensions[0] < dimensions[1] && dimensions[1] < dimensions[2] / 2, string.Join(' ', dimensions));
    }
}
