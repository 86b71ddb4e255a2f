using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Sweeps;
using RnnSweep.Core.Tests.LinearAlgebra;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>The leading exponents of a cell, from its specification to its result.</summary>
public sealed class LeadingTests
{
    private static readonly CellSpec s_spec = new() { MeasuresLeading = true, MeasuresNorms = false, Replicates = 1 };

    private static double[] Exponents(Reading reading) => reading.Leading!.Exponents.Values.ToArray();

    // |det P| is the product of all R_ii, in whatever order the frame's directions are.
    public static TheoryData<CellSpec> Whole =>
    [
        s_spec with { HiddenSize = 12, SpectralRadius = 0.9, SequenceLength = 60, Leading = 12 },
        s_spec with { HiddenSize = 9, SpectralRadius = 1.8, SequenceLength = 300, State = StateForm.PostActivation, InputScale = 0.4, Leading = 9 },
        s_spec with { HiddenSize = 10, SpectralRadius = 1.5, SequenceLength = 300, Leak = 0.3, Leading = 10 },
        s_spec with { HiddenSize = 6, Network = NetworkKind.Gru, SequenceLength = 100, Leading = 6 },
        s_spec with { HiddenSize = 4, Network = NetworkKind.Lstm, InputScale = 1, SequenceLength = 100, Leading = 8 },
        s_spec with { HiddenSize = 1, Weights = WeightEnsemble.Identity, Activation = ActivationKind.Sigmoid, SpectralRadius = 3, SequenceLength = 70, Leading = 1 },
    ];

    [Theory]
    [MemberData(nameof(Whole))]
    public void All_exponents_sum_to_the_determinant(CellSpec spec)
    {
        Reading product = Cell.Run(spec with { MeasuresLeading = false, MeasuresNorms = true }), reading = Cell.Run(spec);
        Assert.Equal(product.LyapunovMean * spec.StateSize, reading.LyapunovSum, 1e-9); // a step's R_ii are accurate to some ulp times its condition, below 1e6
        Assert.Equal(Exponents(reading).Sum(), reading.LyapunovSum);
        Assert.Equal(product.Status, reading.Status);
        Assert.Equal(product.MeanSlope, reading.MeanSlope, 1e-12); // small networks may be summed in another order
        Assert.Equal(product.MeanLogSlope, reading.MeanLogSlope, 1e-12);
        Assert.Equal(product.InputGateMean, reading.InputGateMean);
    }

    // Both frames have converged to the same directions before x_0; the spectrum finds them with all columns and in other blocks.
    [Theory]
    [InlineData(StateForm.PreActivation, 1.0)]
    [InlineData(StateForm.PostActivation, 1.0)]
    [InlineData(StateForm.PreActivation, 0.4)]
    public void They_are_the_growth_rates_of_the_settled_frame_of_the_spectrum(StateForm state, double leak)
    {
        CellSpec spec = s_spec with { HiddenSize = 12, SpectralRadius = 2.5, InputScale = 0.3, State = state, Leak = leak, SequenceLength = 400, FrameTransient = 3000, Leading = 4 };
        double[] all = Cell.Run(spec with { MeasuresLeading = false, MeasuresNorms = true, MeasuresSpectrum = true }).Spectrum!.FrameExponents.Values.ToArray();
        Assert.All(Exponents(Cell.Run(spec)).Zip(all), pair => Assert.Equal(pair.Second, pair.First, 1e-8)); // SpectralProduct.TrustedError over 400 steps
    }

    [Theory]
    [InlineData(0.5, StateForm.PreActivation)]
    [InlineData(1.5, StateForm.PostActivation)]
    public void An_orthogonal_linear_network_has_the_logarithm_of_the_radius_as_every_exponent(double radius, StateForm state)
    {
        Reading reading = Cell.Run(s_spec with
        {
            HiddenSize = 20,
            Activation = ActivationKind.Linear,
            Weights = WeightEnsemble.Orthogonal,
            State = state,
            SpectralRadius = radius,
            SequenceLength = 3000, // 1.5^3000 is beyond the range of a double
            InitialScale = 0,
            Leading = 5,
        });

        Assert.All(Exponents(reading), exponent => Assert.Equal(Math.Log(radius), exponent, 1e-12));
        Assert.Equal((Math.Log(radius), Math.Log(radius)), (reading.LyapunovMax, reading.LyapunovMaxSlope), (one, other) => Math.Abs(one.Item1 - other.Item1) < 1e-12 && Math.Abs(one.Item2 - other.Item2) < 1e-12);
        Assert.All(reading.Leading!.WithinSems.Values.ToArray(), sem => Assert.InRange(sem, 0, 1e-12));
        Assert.All(reading.Leading!.History.Values.ToArray(), running => Assert.Equal(Math.Log(radius), running, 1e-12));
        Assert.Equal(radius > 1 ? double.NaN : 0, reading.KaplanYorkeDimension); // five exponents above 0 do not determine it
    }

    [Theory]
    [InlineData(StateForm.PreActivation)]
    [InlineData(StateForm.PostActivation)]
    public void A_diagonal_linear_network_has_the_logarithms_of_its_largest_weights(StateForm state)
    {
        double[] diagonal = [0.2, -1.5, 0.5, 0.9, 1.2, 0.1];
        Matrix weights = PlainMatrix.Diagonal(diagonal);
        Reading reading = Cell.Run(
            s_spec with
            {
                HiddenSize = 6,
                Activation = ActivationKind.Linear,
                State = state,
                Weights = WeightEnsemble.File,
                WeightsDigest = weights.Digest(),
                Scaling = WeightScaling.Expected,
                SequenceLength = 500,
                Transient = 400, // 0.5/0.9 to the power of 400 is below an ulp, and so are the other ratios
                Leading = 4,
            },
            weights);

        double[] expected = [Math.Log(1.5), Math.Log(1.2), Math.Log(0.9), Math.Log(0.5)];
        Assert.All(Exponents(reading).Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-12));
        Assert.Equal(2 / 6.0, reading.UnstableFraction);
        Assert.Equal(Math.Log(1.5) + Math.Log(1.2), reading.EntropyRate, 1e-12);
        double three = Math.Log(1.5) + Math.Log(1.2) + Math.Log(0.9);
        Assert.True(three > 0 && three + Math.Log(0.5) < 0);
        Assert.Equal(3 + (three / -Math.Log(0.5)), reading.KaplanYorkeDimension, 1e-10);
    }

    // A network with a fixed point has constant Jacobians, and the growth of one vector is a power iteration.
    [Fact]
    public void One_exponent_is_the_first_of_several()
    {
        CellSpec spec = s_spec with { HiddenSize = 30, SpectralRadius = 1.8, SequenceLength = 500, InputScale = 0.2, Transient = 100, Leading = 6 };
        double[] several = Exponents(Cell.Run(spec));
        Assert.Equal(several[0], Assert.Single(Exponents(Cell.Run(spec with { Leading = 1 }))), 1e-10);
        Assert.Equal(several[..3], Exponents(Cell.Run(spec with { Leading = 3 })), (one, other) => Math.Abs(one - other) < 1e-10); // blocks of other lengths round differently
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Readings_do_not_depend_on_other_lengths_or_statistics(bool isAlone)
    {
        CellSpec spec = s_spec with { HiddenSize = 24, SpectralRadius = 2, Transient = 37, SequenceLength = 1000, MeasuresNorms = !isAlone, Leading = 5, InputScale = 0.1 };
        int[] lengths = [1, 5, 131, 257, 523, 1000]; // in and between the sampled steps
        Experiment experiment = PlanExperiments.Of(spec) with { Readings = [.. lengths.Select(length => PlannedReading.Of(spec with { SequenceLength = length }))] };
        ExperimentResult together = Cell.Runner().Run(experiment);
        Assert.Equal(lengths.Length, together.Results.Length);
        foreach (CellResult cell in together.Results)
        {
            Reading along = Assert.Single(cell.Replicates), own = Cell.Run(cell.Spec);
            Assert.Equal(own with { Outcome = along.Outcome }, along);
            Assert.Equal(own.Leading, Cell.Run(cell.Spec with { MeasuresNorms = isAlone }).Leading);
            Assert.Equal(cell.Spec.ResolvedLeading * LeadingResult.HistorySteps(cell.Spec.SequenceLength).Count(), along.Leading!.History.Count);
            Assert.False(isAlone && !double.IsNaN(along.Log10SpectralNorm));
        }
    }

    [Fact]
    public void The_product_is_measured_as_without_them()
    {
        CellSpec plain = new() { HiddenSize = 10, SpectralRadius = 1.3, SequenceLength = 80, Replicates = 1, MeasuresSpectrum = true, MeasuresLags = true };
        Reading without = Cell.Run(plain), with = Cell.Run(plain with { MeasuresLeading = true });
        Assert.Equal(
            without,
            with with
            {
                Leading = null,
                Lyapunov1 = double.NaN,
                Lyapunov1WithinSem = double.NaN,
                Lyapunov2 = double.NaN,
                Lyapunov2WithinSem = double.NaN,
                LyapunovSum = double.NaN,
            });
    }

    [Theory]
    [InlineData("tanh")]
    [InlineData("lstm")]
    public void Exported_jacobians_give_the_exponents_of_their_network(string network)
    {
        CellSpec drawn = s_spec with { HiddenSize = 7, SpectralRadius = 0.9, SequenceLength = 60, Transient = 20, InputScale = 0.4, Leading = 3, Network = network == "lstm" ? NetworkKind.Lstm : NetworkKind.Rnn };
        Matrix file = ExportedJacobians.Of(drawn, 0);
        double[] expected = Exponents(Cell.Run(drawn)), actual = Exponents(Cell.Run(ExportedJacobians.Cell(drawn, file), file));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-10)); // the same Jacobians, rounded once more
    }

    // Rank 3 of 8: five of the exponents are logarithms of 0, whatever rounding makes of R.
    [Fact]
    public void Exact_zeros_are_minus_infinity()
    {
        var weights = new Matrix(8, 8);
        Matrix.Identity(8).Values.CopyTo(weights.Values, 0);
        CellSpec spec = s_spec with
        {
            HiddenSize = 8,
            Activation = ActivationKind.Relu,
            State = StateForm.PostActivation,
            Weights = WeightEnsemble.File,
            WeightsDigest = weights.Digest(),
            Scaling = WeightScaling.Expected,
            SequenceLength = 30,
            Transient = 2, // the first step turns the frame into the plane of the active units
            Leading = 8,
        };
        Reading reading = Cell.Run(spec, weights);
        double[] state = InitialState.Draw(8, 0, 1, 1, 0);
        int active = state.Count(value => value > 0); // the others are dead from the first step on
        Assert.InRange(active, 1, 7);
        double[] exponents = Exponents(reading);
        Assert.All(exponents[..active], exponent => Assert.Equal(0, exponent, 1e-12));
        Assert.All(exponents[active..], exponent => Assert.Equal(double.NegativeInfinity, exponent));
        Assert.Equal((0, 0, (double)active), (reading.UnstableFraction, reading.EntropyRate, reading.KaplanYorkeDimension));
    }

    [Fact]
    public void A_network_without_weights_has_only_zeros()
    {
        Reading reading = Cell.Run(s_spec with { HiddenSize = 5, SpectralRadius = 0, SequenceLength = 20, Leading = 2 });
        Assert.Equal([double.NegativeInfinity, double.NegativeInfinity], Exponents(reading));
        Assert.Equal(double.NegativeInfinity, reading.LyapunovMax);
        Assert.Equal(double.NaN, reading.LyapunovMaxSlope);
    }

    // Units without connections: their exponents are the means of ln φ', which may be below the range of a double.
    [Theory]
    [InlineData(ActivationKind.Tanh)]
    [InlineData(ActivationKind.Sigmoid)]
    [InlineData(ActivationKind.Erf)]
    public void Slopes_below_the_range_of_a_double_make_no_false_numbers(ActivationKind activation)
    {
        CellSpec spec = s_spec with
        {
            HiddenSize = 3,
            Activation = activation,
            Weights = WeightEnsemble.Identity,
            SpectralRadius = 0.7,
            InputScale = 3000,
            SequenceLength = 25,
            Replicates = 4,
            Leading = 3,
        };
        CellSpec product = spec with { MeasuresNorms = true, MeasuresLeading = false, MeasuresSpectrum = true };
        foreach ((Reading reading, Reading whole) in Cell.RunAll(spec).Zip(Cell.RunAll(product)))
        {
            double[] exponents = Exponents(reading);
            Assert.DoesNotContain(double.NegativeInfinity, exponents);

            // As of the product: the first column of the frame grows like the norm but for its part in the leading direction, at most N of them over T.
            Assert.True(double.IsNaN(exponents[0]) || Math.Abs(exponents[0] - whole.LyapunovMax) < 1, $"{exponents[0]} is not {whole.LyapunovMax}");
            Assert.True(exponents.Any(double.IsNaN) || Math.Abs(reading.LyapunovSum - (3 * whole.LyapunovMean)) < 1e-6 * Math.Abs(reading.LyapunovSum), $"{reading.LyapunovSum} is not {3 * whole.LyapunovMean}");
        }
    }

    [Fact]
    public void A_state_that_overflows_leaves_the_exponents_unknown()
    {
        CellSpec spec = s_spec with { HiddenSize = 6, Activation = ActivationKind.Relu, SpectralRadius = 1e200, SequenceLength = 40, Leading = 2 };
        Reading reading = Cell.Run(spec), product = Cell.Run(spec with { MeasuresNorms = true });
        Assert.Equal((ReplicateStatus.StateOverflow, product.StatusStep), (reading.Status, reading.StatusStep));
        Assert.Null(reading.Leading);
        Assert.Equal(ReplicateStatus.StateOverflow, product.Status);
    }

    [Fact]
    public void A_matrix_without_eigenvalues_but_0_cannot_be_scaled_exactly()
    {
        var weights = new Matrix(4, 4);
        weights[0, 1] = weights[1, 2] = weights[2, 3] = 1;
        CellSpec spec = s_spec with { HiddenSize = 4, Weights = WeightEnsemble.File, WeightsDigest = weights.Digest(), SequenceLength = 10, Leading = 2 };
        Assert.Equal(ReplicateStatus.ZeroRadius, Cell.Run(spec, weights).Status);
        Assert.Equal([double.NegativeInfinity, double.NegativeInfinity], Exponents(Cell.Run(spec with { Scaling = WeightScaling.Expected, Activation = ActivationKind.Linear }, weights)));
    }

    [Fact]
    public void With_expected_scaling_nothing_is_computed_of_the_weights()
    {
        var known = DrawnWeights.Of(WeightEnsemble.Gaussian, 6, 1, 1, 0, null, withProduct: false, withRadius: false);
        Assert.Equal((double.NaN, double.NaN, double.NaN), (known.SpectralRadius, known.SpectralNorm, known.LogAbsDeterminant));
        CellSpec expected = s_spec with { HiddenSize = 6, SequenceLength = 10, Scaling = WeightScaling.Expected }, exact = expected with { Scaling = WeightScaling.Exact };
        ExperimentRunner runner = Cell.Runner();
        foreach (CellSpec spec in new[] { expected, exact, expected with { MeasuresNorms = true } })
        {
            Assert.Equal(Cell.RunAll(spec), Cell.RunAll(runner, spec)); // what was computed for one cell does not serve another
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(1000)]
    [InlineData(5000)]
    public void The_history_has_the_sampled_steps(int length)
    {
        int[] steps = [.. LeadingResult.HistorySteps(length)];
        Assert.Equal(Enumerable.Range(1, length).Where(ProductGrowth.Samples), steps);
        Assert.InRange(LeadingResult.MostHistorySteps(length), steps.Length, steps.Length + 64);
    }
}
