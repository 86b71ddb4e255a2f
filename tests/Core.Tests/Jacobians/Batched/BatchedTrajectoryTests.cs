using System.Runtime.CompilerServices;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Jacobians.Batched;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Jacobians.Batched;

/// <summary>Small networks side by side, compared with each network alone, for every width that this machine has.</summary>
public sealed class BatchedTrajectoryTests
{
    private static readonly int[] s_steps = [1, 2, 7, 8, 64, 129, 300];

    public static TheoryData<int> Sizes => [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 20];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_network_has_the_same_bits_in_every_lane_at_every_width_and_in_any_company(int size)
    {
        BatchMember[] members = [.. Enumerable.Range(0, 9).Select(replicate => Member(size, replicate, 1.3, inputScale: 0.1))];
        (SlopeTotals, ProductNorms, GrowthRate, GradientFlow?)[][] alone = [.. members.Select(member => Read(BatchedKernel.For(1), [member], 5)[0])];
        foreach (BatchedKernel kernel in BatchedKernel.Supported)
        {
            for (int first = 0; first + kernel.Lanes <= members.Length; first++)
            {
                for (int count = 1; count <= kernel.Lanes; count += 3)
                {
                    BatchMember[] together = members[first..(first + count)];

                    Assert.Equal(alone[first..(first + count)], Read(kernel, together, 5));
                }
            }
        }
    }

    public static TheoryData<ActivationKind, StateForm, JacobianForm> Forms
    {
        get
        {
            var forms = new TheoryData<ActivationKind, StateForm, JacobianForm>();
            foreach (ActivationKind kind in Enum.GetValues<ActivationKind>().Where(kind => kind != ActivationKind.Linear))
            {
                forms.Add(kind, StateForm.PreActivation, JacobianForm.Exact);
                forms.Add(kind, StateForm.PreActivation, JacobianForm.AsPrinted);
                forms.Add(kind, StateForm.PostActivation, JacobianForm.Exact);
            }

            return forms;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_batch_agrees_with_each_network_alone(ActivationKind activation, StateForm state, JacobianForm jacobian)
    {
        const int Transient = 6;
        foreach (int size in (int[])[3, 6, 17])
        {
            BatchMember[] members = [.. Enumerable.Range(0, 4).Select(replicate => Member(size, replicate, 0.9, 0.3, activation, state, jacobian))];
            using var batch = new BatchedTrajectory(BatchedKernel.For(members.Length), members, Transient);
            Trajectory[] alone = [.. members.Select(member => new Trajectory(member.Network, member.Drive, [.. member.Start], Transient))];
            foreach (int steps in s_steps)
            {
                batch.AdvanceTo(steps, CancellationToken.None);
                ProductNorms[] norms = batch.Norms();
                GradientFlow?[] gradients = batch.CarryBack([steps], CancellationToken.None)[0];
                for (int i = 0; i < members.Length; i++)
                {
                    alone[i].AdvanceTo(steps);
                    if (alone[i].Product.IsZero || batch.HasLeft(i))
                    {
                        Assert.True(batch.HasLeft(i));
                        continue;
                    }

                    // Each step rounds each of N products; the norms of the products differ by the sum of these, relative to their size.
                    double rounding = 1e-15 * size * steps;
                    ProductNorms one = alone[i].Product.Norms();
                    Assert.Equal(one.Log10Spectral, norms[i].Log10Spectral, rounding + 1e-13);
                    Assert.Equal(one.Log10Frobenius, norms[i].Log10Frobenius, rounding + 1e-13);
                    AssertTotals(alone[i].Totals, batch.Totals(i), rounding);
                    GrowthRate growth = alone[i].Product.Growth, batched = batch.Growth(i);
                    Assert.Equal(growth.Slope, batched.Slope, 1e-12);
                    Assert.Equal(growth.WithinSem, batched.WithinSem, 1e-10); // a square root of a variance, which may be 0
                    GradientFlow flow = alone[i].CarryBack(members[i].LossGradient);
                    if (gradients[i] is { } gradient)
                    {
                        Assert.Equal(flow.Log10Norm, gradient.Log10Norm, rounding + 1e-12);
                        Assert.Equal(flow.Omega, gradient.Omega, 1e-10 * (1 + flow.Omega));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(3, StateForm.PreActivation)]
    [InlineData(4, StateForm.PostActivation)]
    [InlineData(9, StateForm.PreActivation)]
    [InlineData(16, StateForm.PostActivation)]
    public void Gradients_from_many_steps_in_one_pass_have_the_bits_of_each_alone(int size, StateForm state)
    {
        BatchMember[] members = [.. Enumerable.Range(0, 3).Select(replicate => Member(size, replicate, 1.2, 0.1, state: state))];
        using var batch = new BatchedTrajectory(BatchedKernel.For(members.Length), members, 0);
        batch.AdvanceTo(200, CancellationToken.None);
        foreach (int[] steps in (int[][])[[1, 2], [10, 50, 200], [3, 4, 5, 90, 120], [20, 40, 60, 80, 100, 120, 140, 160, 180, 200], s_steps[..5]])
        {
            GradientFlow?[][] together = batch.CarryBack(steps, CancellationToken.None);

            Assert.Equal(steps.Select(step => batch.CarryBack([step], CancellationToken.None)[0]), together);
            Assert.All(together, flows => Assert.All(flows, flow => Assert.NotNull(flow)));
        }
    }

    [Fact]
    public void A_network_that_leaves_the_limits_is_marked_from_that_step_on_and_changes_no_other()
    {
        // The biases switch all rectifiers off from the step on at which the state has fallen below 0.
        BatchMember[] members = [.. Enumerable.Range(0, 3).Select(replicate => Member(6, replicate, 0.8, 0, ActivationKind.Relu))];
        BatchMember dying = Member(6, 3, 0.5, 0, ActivationKind.Relu, bias: -0.2);
        var alone = new Trajectory(dying.Network, dying.Drive, [.. dying.Start], 0);
        int zero = Enumerable.Range(1, 300).First(step =>
        {
            alone.AdvanceTo(step);
            return alone.Product.IsZero;
        });
        Assert.InRange(zero, 2, 100);

        using var batch = new BatchedTrajectory(BatchedKernel.Supported[0], [members[0], dying], 0);
        batch.AdvanceTo(zero - 1, CancellationToken.None);
        Assert.False(batch.HasLeft(1));
        batch.AdvanceTo(zero, CancellationToken.None);
        Assert.True(batch.HasLeft(1));
        batch.AdvanceTo(300, CancellationToken.None);
        Assert.Equal(300, batch.Step);
        Assert.False(batch.HasLeft(0));
        using var without = new BatchedTrajectory(BatchedKernel.For(1), [members[0]], 0);
        without.AdvanceTo(300, CancellationToken.None);
        Assert.Equal((without.Norms()[0], without.Totals(0), without.Growth(0)), (batch.Norms()[0], batch.Totals(0), batch.Growth(0)));
    }

    [Fact]
    public void Only_dense_weights_of_moderate_size_fit()
    {
        Matrix dense = PlainMatrix.Gaussian(5, 5, 1), sparse = PlainMatrix.Gaussian(5, 5, 1);
        sparse[1, 2] = 0;

        Assert.True(Fits(dense));
        Assert.False(Fits(sparse));
        Assert.False(Fits(new Matrix(5, 5)));
        Assert.False(Fits(PlainMatrix.Map(dense, w => 1e9 * w)));
        Assert.False(Fits(PlainMatrix.Map(dense, w => 1e-9 * w)));
        Assert.False(Fits(PlainMatrix.Map(dense, w => double.NaN)));
        Assert.False(BatchedNetwork.Fits(RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.Exact, dense, Activation.Named(ActivationKind.Linear))));

        static bool Fits(Matrix weights) =>
            BatchedNetwork.Fits(RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.Exact, weights, Activation.Named(ActivationKind.Tanh)));
    }

    [Fact]
    public void Growth_and_decay_far_beyond_the_range_of_a_double_keep_their_digits()
    {
        // At rest, every slope of hardtanh is 1, so P_T = W^T. Its norm is c ρ^T, as the other eigenvalues are a tenth of ρ.
        foreach (double radius in (double[])[30, 0.003])
        {
            Matrix weights = PlainMatrix.Map(PlainMatrix.Gaussian(8, 8, 3), w => 1 + (0.1 * w));
            double scale = radius / SpectralRadius.Of(weights);
            weights = PlainMatrix.Map(weights, w => scale * w);
            RecurrentNetwork network = RecurrentNetwork.Of(StateForm.PostActivation, JacobianForm.Exact, weights, Activation.Named(ActivationKind.Hardtanh));
            var member = new BatchMember(network, Drive.Of(8, 1, 0, 0, 0, 1, 0, null), new double[8], [.. Enumerable.Repeat(1.0, 8)]);
            using var batch = new BatchedTrajectory(BatchedKernel.For(1), [member], 0);

            batch.AdvanceTo(100, CancellationToken.None);
            double at100 = batch.Norms()[0].Log10Spectral;
            batch.AdvanceTo(400, CancellationToken.None);

            // 300 steps of a logarithm of about 600 decades, each rounded to 1e-13.
            Assert.False(batch.HasLeft(0));
            Assert.Equal(300 * Math.Log10(radius), batch.Norms()[0].Log10Spectral - at100, 1e-11);
            Assert.Equal(Math.Log(radius), batch.Growth(0).Slope, 1e-12);
            Assert.Equal(300 * Math.Log10(radius), batch.CarryBack([400], CancellationToken.None)[0][0]!.Value.Log10Norm - batch.CarryBack([100], CancellationToken.None)[0][0]!.Value.Log10Norm, 1e-11);
        }
    }

    [Fact]
    public void Memory_starts_on_a_cache_line_and_is_reused()
    {
        for (int length = 1; length < 3000; length = (length * 2) + 1)
        {
            using var memory = new AlignedMemory(AlignedMemory.Rounded(length) + 8);
            foreach (Memory<double> block in (Memory<double>[])[memory.Next(length), memory.Next(8)])
            {
                Assert.True(block.Span.IndexOfAnyExcept(0.0) < 0);
                block.Span.Fill(1);
                Assert.Equal(0, Unsafe.ByteOffset(ref Unsafe.NullRef<double>(), ref block.Span[0]) % 64);
            }
        }
    }

    private static (SlopeTotals Totals, ProductNorms Norms, GrowthRate Growth, GradientFlow? Gradient)[][] Read(BatchedKernel kernel, BatchMember[] members, int transient)
    {
        using var batch = new BatchedTrajectory(kernel, members, transient);
        var readings = members.Select(_ => new List<(SlopeTotals, ProductNorms, GrowthRate, GradientFlow?)>()).ToArray();
        foreach (int steps in s_steps)
        {
            batch.AdvanceTo(steps, CancellationToken.None);
            ProductNorms[] norms = batch.Norms();
            GradientFlow?[] gradients = batch.CarryBack([steps], CancellationToken.None)[0];
            for (int i = 0; i < members.Length; i++)
            {
                readings[i].Add((batch.Totals(i), norms[i], batch.Growth(i), gradients[i]));
            }
        }

        return [.. readings.Select(list => list.ToArray())];
    }

    private static void AssertTotals(SlopeTotals expected, SlopeTotals actual, double rounding)
    {
        AssertSum(expected.Sum, actual.Sum);
        AssertSum(expected.LogSum, actual.LogSum);
        AssertSum(expected.LogBoundSum, actual.LogBoundSum);
        AssertSum(expected.LogDeterminantSum, actual.LogDeterminantSum);

        void AssertSum(double one, double other) => Assert.True(one.Equals(other) || Math.Abs(one - other) <= rounding * (1 + Math.Abs(one)), $"{one:R} {other:R}");
    }

    private static BatchMember Member(
        int size,
        int replicate,
        double radius,
        double inputScale,
        ActivationKind activation = ActivationKind.Tanh,
        StateForm state = StateForm.PreActivation,
        JacobianForm jacobian = JacobianForm.Exact,
        double bias = 0.1)
    {
        Matrix drawn = PlainMatrix.Gaussian(size, size, (ulong)(100 + replicate));
        Matrix weights = PlainMatrix.Map(drawn, w => radius * w / Math.Sqrt(size));
        double[] gradient = [.. PlainMatrix.Gaussian(1, size, (ulong)(200 + replicate)).Values];
        return new BatchMember(
            RecurrentNetwork.Of(state, jacobian, weights, Activation.Named(activation)),
            Drive.Of(size, 2, inputScale, bias, 0.05, 1, replicate, null),
            InitialState.Draw(size, 0.2, 1, 1, replicate),
            gradient);
    }
}
