using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Results;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>The gradients with respect to parameters of a cell, from its specification to its result.</summary>
public sealed class GradientTests
{
    private static readonly CellSpec s_spec = new() { MeasuresGradient = true, MeasuresLags = true, LagCount = 6, Replicates = 1 };

    // |x_0| = 1 and W = ρ I, so every term is ρ^(k−1) g (ρ^(T−k) x_0)ᵀ, of the norm ρ^(T−1).
    private static readonly CellSpec s_linear = s_spec with
    {
        HiddenSize = 4,
        Activation = ActivationKind.Linear,
        Weights = WeightEnsemble.Identity,
        InitialState = 0.5,
        InitialScale = 0,
    };

    [Theory]
    [InlineData(1, 1, StateForm.PreActivation)]
    [InlineData(1, 1000, StateForm.PreActivation)]
    [InlineData(0.9, 100, StateForm.PostActivation)]
    [InlineData(0.5, 20000, StateForm.PreActivation)] // both the state and δ leave the range of a double
    [InlineData(0.5, 20000, StateForm.PostActivation)]
    [InlineData(0.01, 3000, StateForm.PreActivation)]
    [InlineData(1.9, 1000, StateForm.PostActivation)]
    [InlineData(1e40, 5, StateForm.PreActivation)] // the weights have a power of two of their own
    [InlineData(1e40, 5, StateForm.PostActivation)]
    [InlineData(1e-40, 5, StateForm.PostActivation)]
    public void Of_a_linear_network_they_are_T_times_a_power_of_the_radius(double radius, int steps, StateForm state)
    {
        CellSpec spec = s_linear with { SpectralRadius = radius, SequenceLength = steps, State = state };
        Reading reading = Cell.Run(spec);
        double term = (steps - 1) * Math.Log10(radius);

        // T roundings of a product, and the logarithm of a number of up to 6000 digits.
        Assert.Equal(term + Math.Log10(steps), reading.Log10WeightsGradient, 1e-11);
        Assert.Equal((steps + 1) / 2.0, reading.GradientMeanLag, 1e-9 * steps);
        Assert.Equal(radius == 1 ? Math.Log10(steps) : Math.Log10(Math.Abs((1 - Math.Pow(radius, steps)) / (1 - radius))), reading.Log10BiasGradient, 1e-11);
        Assert.Equal(double.NaN, reading.Log10InputWeightsGradient); // there is no input
        int[] lags = LagGrid.Of(spec);
        for (int i = 0; i < lags.Length; i++)
        {
            Assert.Equal(term, reading.GradientLags!.Log10Terms[i], 1e-11);
            Assert.Equal(term + Math.Log10(lags[i]), reading.GradientLags.Log10PartialSums[i], 1e-11);
        }
    }

    // J = ((1 − a) + a ρ) I, and W acts with the factor a.
    [Theory]
    [InlineData(0.9, 0.3, 200)]
    [InlineData(0.2, 0.7, 5000)]
    [InlineData(1e40, 0.3, 5)]
    public void Of_a_leaky_linear_network_they_have_the_leak_as_a_factor(double radius, double leak, int steps)
    {
        foreach (StateForm state in Enum.GetValues<StateForm>())
        {
            Reading reading = Cell.Run(s_linear with { SpectralRadius = radius, Leak = leak, SequenceLength = steps, State = state });
            Assert.Equal(Math.Log10(leak * steps) + ((steps - 1) * Math.Log10((1 - leak) + (leak * radius))), reading.Log10WeightsGradient, 1e-10);
        }
    }

    // δ_t = (T − t + 1) g, and the term of lag k is k g x_0ᵀ.
    [Fact]
    public void With_a_loss_at_every_step_the_terms_of_a_linear_network_grow_with_the_lag()
    {
        Reading reading = Cell.Run(s_linear with { SpectralRadius = 1, SequenceLength = 50, Loss = LossSteps.Every });
        Assert.Equal(Math.Log10(50 * 51 / 2.0), reading.Log10WeightsGradient, 1e-13);
        Assert.Equal(Math.Log10(50 * 51 / 2.0), reading.Log10BiasGradient, 1e-13);
        Assert.Equal(101 / 3.0, reading.GradientMeanLag, 1e-12);
        Assert.Equal([0, 50], [reading.GradientLags!.Log10Terms[0], Math.Pow(10, reading.GradientLags.Log10Terms[^1])], (one, other) => Math.Abs(one - other) < 1e-12);
    }

    // A term is δ f of the pre-activation form, whose factor δ_{T−k+1} is the loss gradient after k − 1 steps back and whose factor f is φ(x_{T−k}).
    [Theory]
    [InlineData(50, 400)] // chaos: δ grows to 10^200 and more
    [InlineData(0.3, 3000)]
    public void The_terms_are_the_loss_gradient_and_the_state_of_the_step(double radius, int steps)
    {
        CellSpec spec = s_spec with { HiddenSize = 30, SpectralRadius = radius, SequenceLength = steps, LagCount = null, BiasScale = 0.5, Transient = 2 };
        ReplicateTrajectory replicate = ReplicateTrajectory.Start(spec, 0, block => new WeightsCache(1 << 20).Find(spec, 0, null!, block), null!)!;
        var norms = new List<double>();
        replicate.Trajectory.AdvanceTo(0);
        for (int t = 0; t < steps; t++)
        {
            norms.Add(Math.Log10(Math.Sqrt(replicate.Trajectory.State.ToArray().Sum(x => Math.Tanh(x) * Math.Tanh(x)))));
            replicate.Trajectory.AdvanceTo(t + 1);
        }

        var carried = new double[steps];
        replicate.Trajectory.CarryBack(ReplicateStart.Of(spec, 0, block => new WeightsCache(1 << 20).Find(spec, 0, null!, block), null!)!.LossGradient, carried);

        Reading reading = Cell.Run(spec);
        for (int lag = 1; lag <= steps; lag++)
        {
            Assert.Equal((lag == 1 ? 0 : carried[lag - 2]) + norms[steps - lag], reading.GradientLags!.Log10Terms[lag - 1], 1e-10); // T roundings
        }

        Assert.Equal(reading.Log10WeightsGradient, reading.GradientLags!.Log10PartialSums[^1]);
    }

    // The slopes and states take 40000 · 129 · 8 bytes, more than the budget, so the first steps are run again on the way back.
    [Fact]
    public void Steps_that_are_run_again_on_the_way_back_have_the_same_terms()
    {
        Reading reading = Cell.Run(s_linear with { HiddenSize = 64, InitialState = 0.125, SpectralRadius = 0.999, SequenceLength = 40000, LagCount = 50 });
        Assert.All(reading.GradientLags!.Log10Terms.Values.ToArray(), term => Assert.Equal(39999 * Math.Log10(0.999), term, 1e-10));
    }

    [Fact]
    public void An_input_of_given_weights_counts_with_its_scale()
    {
        // h = W_in u with W_in = 1: ∂L/∂W_in = Σ ρ^(T−t) u_t, of ρ = 0 the last input, times its scale.
        Drive drive = Drive.Of(new Matrix(1, 1, [1.0]), [0.0], 0.5, 1, 0, InputRows.Of(new Matrix(3, 1, [2, -3, 5])));
        var trajectory = new ParameterTrajectory(
            RecurrentNetwork.Of(StateForm.PostActivation, JacobianForm.Exact, new Matrix(1, 1), Activation.Named(ActivationKind.Linear)), drive, [0.0], 0);
        trajectory.AdvanceTo(3);
        Assert.Equal(Math.Log10(2.5), trajectory.Read([1.0], LossSteps.Last, []).Log10Norm(ParameterKind.InputWeights), 1e-15);
        Assert.Equal(Math.Log10(2), trajectory.Read([1.0], LossSteps.Every, []).Log10Norm(ParameterKind.InputWeights), 1e-15); // (2 − 3 + 5)/2
    }

    [Fact]
    public void Gradients_are_empty_where_the_state_overflows()
    {
        Reading reading = Cell.Run(s_linear with { SpectralRadius = 2, SequenceLength = 2000 });
        Assert.Equal(ReplicateStatus.StateOverflow, reading.Status);
        Assert.Equal((double.NaN, double.NaN, double.NaN, null), (reading.Log10WeightsGradient, reading.Log10BiasGradient, reading.GradientMeanLag, reading.GradientLags));
    }

    // One relu unit whose state decreases, x = 2.5, 1.5, 0.5, −0.5, …: J_t = 0 from step 4 on, and only b in the last step, whose φ(x) is 0, acts on x_5.
    [Fact]
    public void A_gradient_that_is_exactly_0_has_no_mean_lag()
    {
        Reading reading = Cell.Run(s_spec with
        {
            HiddenSize = 1,
            Activation = ActivationKind.Relu,
            Weights = WeightEnsemble.Identity,
            Bias = -1,
            InitialState = 2.5,
            InitialScale = 0,
            SequenceLength = 6,
        });
        Assert.Equal((double.NegativeInfinity, 0, double.NaN), (reading.Log10WeightsGradient, reading.Log10BiasGradient, reading.GradientMeanLag));
        Assert.All(reading.GradientLags!.Log10Terms.Values.ToArray(), term => Assert.Equal(double.NegativeInfinity, term));
    }

    public static TheoryData<CellSpec> Cells =>
    [
        s_spec with { HiddenSize = 6, SequenceLength = 40, InputScale = 0.5, Replicates = 13 }, // in batches
        s_spec with { HiddenSize = 6, SequenceLength = 40, InputScale = 0.5, Replicates = 13, MeasuresLags = false, Loss = LossSteps.Every },
        s_spec with { HiddenSize = 30, SequenceLength = 40, State = StateForm.PostActivation, Replicates = 3, MeasuresLeading = true, MeasuresSpectrum = true },
        s_spec with { HiddenSize = 5, SequenceLength = 40, Leak = 0.4, Replicates = 3 },
        s_spec with { HiddenSize = 5, Network = NetworkKind.Lstm, SequenceLength = 40, Replicates = 3, InputScale = 1 },
        s_spec with { HiddenSize = 6, SequenceLength = 40, Replicates = 3, MeasuresLags = false, MeasuresLeading = true },
    ];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Other_statistics_keep_every_bit_and_readings_do_not_depend_on_how_they_are_run(CellSpec spec)
    {
        CellSpec shorter = spec with { SequenceLength = 17 };
        Reading[] together = Cell.RunAll(spec), without = Cell.RunAll(spec with { MeasuresGradient = false });
        Assert.Equal(without, together.Select(Stripped));

        // Both lengths on one trajectory, replicate by replicate.
        Reading[] shortTogether = Cell.RunAll(shorter);
        for (int replicate = 0; replicate < spec.Replicates; replicate++)
        {
            ExperimentResult alone = Cell.Runner().Run(new Experiment(0, replicate, 1, [PlannedReading.Of(shorter), PlannedReading.Of(spec)], 1));
            Assert.Equal(together[replicate] with { Outcome = Outcome.Missing }, Assert.Single(alone.Results[1].Replicates) with { Outcome = Outcome.Missing });
            Assert.Equal(shortTogether[replicate] with { Outcome = Outcome.Missing }, Assert.Single(alone.Results[0].Replicates) with { Outcome = Outcome.Missing });
        }

        Assert.All(together, reading => Assert.All(ReadingColumns.Of(spec).Where(column => column.Group == ColumnGroup.Gradient && !column.Name.Contains("input_weights", StringComparison.Ordinal)),
            column => Assert.True(double.IsFinite(column.Value(reading)), column.Name)));
    }

    [Fact]
    public void Blocks_add_up_to_the_whole()
    {
        foreach (NetworkKind kind in new[] { NetworkKind.Gru, NetworkKind.Lstm, NetworkKind.Minimal })
        {
            CellSpec spec = s_spec with { HiddenSize = 5, Network = kind, SequenceLength = 20, InputScale = 1, BiasScale = 0.1 };
            Reading reading = Cell.Run(spec);
            foreach (string parameter in new[] { "input_weights", "weights", "bias" })
            {
                ReadingColumn[] columns = [.. ReadingColumns.Of(spec).Where(column => column.Group == ColumnGroup.Gradient && column.Name.EndsWith($"_{parameter}_gradient", StringComparison.Ordinal)
                    && column.Name.Contains("input_weights", StringComparison.Ordinal) == (parameter == "input_weights"))];
                Assert.True(columns.Length > 1);
                Assert.Equal(
                    Math.Pow(10, 2 * columns[0].Value(reading)), columns[1..].Sum(column => Math.Pow(10, 2 * column.Value(reading))), Math.Pow(10, 2 * columns[0].Value(reading)) * 1e-13);
            }
        }
    }

    private static Reading Stripped(Reading reading)
    {
        Reading stripped = reading with { GradientLags = null };
        foreach (ReadingColumn column in ReadingColumns.All.Where(column => column.Group == ColumnGroup.Gradient))
        {
            column.Fill(stripped, double.NaN);
        }

        return stripped;
    }
}
