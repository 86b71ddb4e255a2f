using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>One and two units, with published or independently computed numbers.</summary>
public sealed class SmallNetworkTests
{
    private static readonly Matrix s_twoUnits = PlainMatrix.Of(new[,] { { 0.5, -1 }, { 2, 0.25 } });

    private static Trajectory TwoUnits(StateForm state, JacobianForm form, double[] start) => new(
        RecurrentNetwork.Of(state, form, s_twoUnits, Activation.Named(ActivationKind.Tanh)), Drive.Of(2, 1, 0, 0, 0, 1, 0, null), start, 0);

    private static Matrix ProductOf(Trajectory trajectory) => PlainMatrix.Of(trajectory.Product);

    [Fact]
    public void Two_tanh_units_have_the_published_first_jacobian()
    {
        Trajectory trajectory = TwoUnits(StateForm.PreActivation, JacobianForm.Exact, [0.3, -0.7]);
        trajectory.AdvanceTo(1);

        Matrix published = PlainMatrix.Of(new[,] { { 0.457568480913, -0.634739589982 }, { 1.83027392365, 0.158684897496 } });
        PlainMatrix.AssertClose(published, ProductOf(trajectory), 5e-12); // its printed digits
    }

    [Theory]
    [InlineData(JacobianForm.Exact, 2.92571473717, 0.213747691566)]
    [InlineData(JacobianForm.AsPrinted, 1.72483320093, 0.362565360473)]
    public void Two_tanh_units_have_the_published_singular_values_after_three_steps(JacobianForm form, double largest, double smallest)
    {
        Trajectory trajectory = TwoUnits(StateForm.PreActivation, form, [0.3, -0.7]);
        trajectory.AdvanceTo(3);

        double[] sigma = PlainMatrix.SingularValues(ProductOf(trajectory));
        PlainMatrix.AssertRelative(largest, sigma[0], 3e-12); // the digits printed
        PlainMatrix.AssertRelative(smallest, sigma[1], 3e-12);
        PlainMatrix.AssertRelative(0.62536477125, sigma[0] * sigma[1], 1e-11);
        Assert.Equal(Math.Log10(largest), trajectory.Product.Norms().Log10Spectral, 2e-12);
        Assert.Equal(Math.Log(0.62536477125), (3 * LogDeterminant.Of(s_twoUnits)) + trajectory.Totals.LogSum, 1e-11);
    }

    // x_t = a_t and h_t = φ(a_t) are the same network: R_T diag φ'(a_0) = diag φ'(a_T) P_T, started from h_0 = φ(x_0).
    [Fact]
    public void The_two_forms_of_the_state_differ_by_a_similarity_of_slopes()
    {
        double[] x0 = [0.3, -0.7];
        Activation tanh = Activation.Named(ActivationKind.Tanh);
        Trajectory pre = TwoUnits(StateForm.PreActivation, JacobianForm.Exact, [.. x0]);
        Trajectory post = TwoUnits(StateForm.PostActivation, JacobianForm.Exact, [.. x0.Select(Math.Tanh)]);
        foreach (int step in new[] { 1, 2, 3, 10, 30 })
        {
            pre.AdvanceTo(step);
            post.AdvanceTo(step);
            Matrix left = PlainMatrix.Multiply(ProductOf(post), PlainMatrix.Diagonal([.. x0.Select(tanh.Slope)]));
            Matrix right = PlainMatrix.Multiply(PlainMatrix.Diagonal([.. pre.State.ToArray().Select(tanh.Slope)]), ProductOf(pre));

            PlainMatrix.AssertClose(left, right, 1e-13 * PlainMatrix.MaxAbs(left)); // T roundings, in a contracting network
        }
    }

    // Fig. 6 of the 2013 paper, w = 5, x_0 = ½: at the wall, b* = ½ − 5 φ(½), the state stays at its unstable fixed point.
    [Fact]
    public void The_wall_of_one_logistic_unit_has_the_published_gradient()
    {
        static double Phi(double x) => 1 / (1 + Math.Exp(-x));
        double wall = 0.5 - (5 * Phi(0.5));
        Assert.Equal(-2.61229665600927, wall, 1e-14);
        CellSpec spec = OneUnit(5, wall, 0.5) with { SequenceLength = 50 };

        Reading result = Cell.Run(spec);

        // The gradient, 3178, amplifies an ulp of b, which moves the slopes by as much: 1e-12.
        PlainMatrix.AssertRelative(3178.60342155, Math.Pow(10, result.Log10SpectralNorm), 1e-10);
        Assert.Equal(50 * Math.Log(5 * Phi(0.5) * (1 - Phi(0.5))), result.LyapunovMax * 50, 1e-10);

        // dx_50/db = Σ_k ∂x_50/∂x_k, the products of the last 50 − k steps, which at a fixed point equal those of the first.
        IEnumerable<Reading> shorter = Enumerable.Range(1, 49).Select(k => Cell.Run(spec with { SequenceLength = k }));
        double sensitivity = 1 + shorter.Sum(r => Math.Pow(10, r.Log10SpectralNorm));
        double slope = 2 * (Phi(0.5) - 0.7) * Phi(0.5) * (1 - Phi(0.5)) * sensitivity;
        PlainMatrix.AssertRelative(-661.682801323, slope, 1e-10);

        // At a slightly different bias the state leaves for an attractor, and the gradient is near 0 instead of 3178: this is the wall.
        Assert.True(Cell.Run(OneUnit(5, wall + 0.05, 0.5)).Log10SpectralNorm < -5);
        Assert.True(Cell.Run(OneUnit(5, wall - 0.05, 0.5)).Log10SpectralNorm < -5);
    }

    [Fact]
    public void The_loss_of_figure_6_is_the_published_one()
    {
        var trajectory = new Trajectory(
            RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.Exact, new Matrix(1, 1, [4]),
                Activation.Named(ActivationKind.Sigmoid)),
            Drive.Of(1, 1, 0, -2, 0, 1, 0, null),
            [0.5],
            0);
        trajectory.AdvanceTo(50);

        Assert.Equal(0.0167366329382, Math.Pow((1 / (1 + Math.Exp(-trajectory.State[0]))) - 0.7, 2), 1e-13); // the digits printed
    }

    // Fig. 3 of the 2013 paper, w = 5: there are saddle-nodes where 5 φ'(x) = 1 and x = 5 φ(x) + b. At one of them λ is 0, and between them there are two
    // attractors.
    [Theory]
    [InlineData(-2.34438966136931, -1)]
    [InlineData(-2.65561033863069, 1)]
    public void Attractors_of_one_logistic_unit_merge_at_the_published_biases(double bias, int side)
    {
        // φ (1 − φ) = 1/5.
        double phi = (1 + (side * Math.Sqrt(1 - 0.8))) / 2, x = Math.Log(phi / (1 - phi));
        Assert.Equal(bias, x - (5 * phi), 1e-13);

        // φ'' at the node is not 0: an error of 1e-14 in b changes x, and λ, by at most its square root.
        Assert.Equal(0, Cell.Run(OneUnit(5, bias, x) with { SequenceLength = 20 }).LyapunovMax, 1e-6);

        // The state needs π / √(1e-4 · |5 φ''| / 2) ≈ 500 steps to pass the vanished node.
        double inside = bias + (1e-4 * Math.Sign(-2.5 - bias)), outside = bias - (1e-4 * Math.Sign(-2.5 - bias));
        Assert.True(Math.Abs(EndState(inside, 5) - EndState(inside, -5)) > 1);
        Assert.Equal(EndState(outside, 5), EndState(outside, -5), 1e-9); // both states contract for thousands of steps

        static double EndState(double b, double start)
        {
            var trajectory = new Trajectory(
                RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.Exact, new Matrix(1, 1, [5]),
                    Activation.Named(ActivationKind.Sigmoid)),
                Drive.Of(1, 1, 0, b, 0, 1, 0, null),
                [start],
                0);
            trajectory.AdvanceTo(5000);
            return trajectory.State[0];
        }
    }

    private static CellSpec OneUnit(double weight, double bias, double start) => new()
    {
        HiddenSize = 1,
        Activation = ActivationKind.Sigmoid,
        Weights = WeightEnsemble.Identity,
        SpectralRadius = weight,
        Bias = bias,
        InitialState = start,
        InitialScale = 0,
        SequenceLength = 50,
    };
}
