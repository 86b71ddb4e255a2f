using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Each reading has the bits of its cell computed alone, for any order of reading; two records are equal if every number is, NaN included.</summary>
public sealed class ExperimentRunnerTests
{
    private static readonly CellSpec s_chaotic = new() { HiddenSize = 12, SpectralRadius = 2.5, InputScale = 0.2, BiasScale = 0.1, Transient = 11, Replicates = 4 };

    [Theory]
    [InlineData(ActivationKind.Tanh, StateForm.PreActivation)]
    [InlineData(ActivationKind.Softplus, StateForm.PostActivation)]
    [InlineData(ActivationKind.Linear, StateForm.PreActivation)]
    public void A_cell_that_shares_a_trajectory_has_the_bits_of_the_cell_alone(ActivationKind activation, StateForm state) =>
        AssertEachAsAlone(s_chaotic with { Activation = activation, State = state }, [1, 2, 64, 100, 129, 400, 900]);

    [Theory]
    [InlineData(ActivationKind.Tanh, 2.5)]
    [InlineData(ActivationKind.Tanh, 0.9)]
    [InlineData(ActivationKind.Relu, 0.5)]
    public void A_replicate_has_the_same_bits_in_every_experiment_and_with_whatever_is_stored(ActivationKind activation, double radius)
    {
        // Rectifiers without bias are all off in some networks, whose readings are not computed side by side.
        CellSpec spec = s_chaotic with { Activation = activation, SpectralRadius = radius, Replicates = 19, HiddenSize = 4, InputScale = 0, BiasScale = 0 };
        int[] lengths = [3, 40, 130];
        Experiment all = Along(spec, lengths, 0, spec.Replicates);
        Reading[][] expected = [.. Cell.Runner().Run(all).Results.Select(cell => cell.Replicates.ToArray())];
        for (int first = 0, count = 1; first < spec.Replicates; first += count++)
        {
            int most = Math.Min(count, spec.Replicates - first);
            ExperimentResult part = Cell.Runner().Run(Along(spec, lengths, first, most));

            Assert.All(part.Results.Zip(expected), pair => Assert.Equal<Reading>(pair.Second[first..(first + most)], pair.First.Replicates));
        }

        // Some readings of some replicates are stored, so a batch consists of the others.
        ExperimentResult rest = Cell.Runner().Run(all, key => ReplicateSet.Of(all.Readings[1].Key == key ? [0, 1, 2, 5, 9, 14] : [1, 5, 17]));
        Assert.Equal([16, 13, 16], rest.Results.Select(cell => cell.Replicates.Length));
        Assert.All(rest.Results.Zip(expected), pair => Assert.All(pair.First.Replicates, reading => Assert.Equal(pair.Second[reading.Replicate], reading)));
    }

    [Theory]
    [InlineData(ActivationKind.Tanh, StateForm.PreActivation)]
    [InlineData(ActivationKind.Relu, StateForm.PostActivation)]
    [InlineData(ActivationKind.Linear, StateForm.PreActivation)]
    public void Spectrum_and_lags_of_a_shared_trajectory_have_the_bits_of_the_cell_alone(ActivationKind activation, StateForm state)
    {
        CellSpec spec = s_chaotic with
        {
            Activation = activation,
            State = state,
            MeasuresSpectrum = true,
            MeasuresLags = true,
            LagCount = 9,
            FrameTransient = 6,
            Replicates = 2,
        };
        AssertEachAsAlone(spec, [1, 2, 64, 100, 129, 400]);

        // Additional statistics do not change the norms, except that the steps of the frame transient advance the state.
        Reading[] norms = Cell.RunAll(spec with { MeasuresSpectrum = false, MeasuresLags = false, SequenceLength = 100 });
        Reading[] all = Cell.RunAll(spec with { SequenceLength = 100 });
        Assert.All(all, reading => Assert.NotNull(reading.Spectrum));
        Assert.All(all, reading => Assert.NotNull(reading.Lags));
        Assert.All(ReadingColumns.Of(new CellSpec()), column => Assert.Equal(norms.Select(column.Value), all.Select(column.Value)));
    }

    [Theory]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Minimal)]
    public void A_gated_cell_that_shares_a_trajectory_has_the_bits_of_the_cell_alone(NetworkKind network) =>
        AssertEachAsAlone(s_chaotic with { Network = network, Replicates = 2 }, [1, 2, 10, 20, 100, 129]);

    [Fact]
    public void Readings_of_a_trajectory_that_overflows_or_cannot_start_are_those_of_each_cell_alone()
    {
        // h_t = 10^10t overflows a double at step 31; a nilpotent W has the radius 0; 10 times the largest double is infinite.
        CellSpec overflowing = new()
        {
            HiddenSize = 3,
            Weights = WeightEnsemble.Identity,
            SpectralRadius = 1e10,
            InitialState = 1,
            InitialScale = 0,
            Activation = ActivationKind.Relu,
            Replicates = 2,
        };
        AssertEachAsAlone(overflowing, [1, 30, 31, 32, 400]);
        Matrix nilpotent = PlainMatrix.Of(new double[,] { { 0, 10 }, { 0, 0 } });
        CellSpec file = new() { HiddenSize = 2, Weights = WeightEnsemble.File, WeightsDigest = nilpotent.Digest(), Transient = 5, Replicates = 2 };
        AssertEachAsAlone(file, [1, 7], nilpotent);
        AssertEachAsAlone(file with { Scaling = WeightScaling.Expected, SpectralRadius = double.MaxValue }, [1, 7], nilpotent);
    }

    [Fact]
    public void Any_range_of_replicates_gives_the_same_bits_and_leaves_out_stored_readings()
    {
        int[] lengths = [3, 20, 70];
        CellSpec spec = s_chaotic with { HiddenSize = 5, MeasuresSpectrum = true, MeasuresLags = true, LagCount = 3, Replicates = 9 };
        Reading[][] alone = [.. lengths.Select(length => WithoutOutcome(Cell.RunAll(spec with { SequenceLength = length })))];
        var cases = from first in Gen.Choose(0, 8)
                    from count in Gen.Choose(1, 9 - first)
                    from stored in Gen.ArrayOf(Gen.SubListOf(Enumerable.Range(0, 9).ToArray()), lengths.Length)
                    select (first, count, stored: stored.Select(replicates => replicates.Order().ToArray()).ToArray());

        Prop.ForAll(cases.ToArbitrary(), cut =>
        {
            Experiment experiment = Along(spec, lengths, cut.first, cut.count);
            Dictionary<CellKey, ReplicateSet> sets = lengths.Index().ToDictionary(length => experiment.Readings[length.Index].Key, length => ReplicateSet.Of(cut.stored[length.Index]));
            ExperimentResult result = Cell.Runner().Run(experiment, key => sets[key]);

            // Lengths and replicates ascend, and every cell has a reading.
            var expected = lengths.Index()
                .Select(length => (Length: length.Item, Readings: alone[length.Index][cut.first..(cut.first + cut.count)].Where(reading => !cut.stored[length.Index].Contains(reading.Replicate)).ToArray()))
                .Where(cell => cell.Readings.Length > 0)
                .ToArray();
            return result.Failures.IsEmpty
                && expected.Select(cell => cell.Length).SequenceEqual(result.Results.Select(cell => cell.Spec.SequenceLength))
                && expected.Zip(result.Results).All(pair => pair.First.Readings.SequenceEqual(pair.Second.Replicates) && pair.Second.Key == CellKey.Of(pair.Second.Spec));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_replicate_does_not_depend_on_their_number() => Assert.Equal(Cell.RunAll(s_chaotic)[..2], Cell.RunAll(s_chaotic with { Replicates = 2 }));

    [Fact]
    public void One_replicate_can_be_computed_alone()
    {
        CellResult again = Assert.Single(Cell.Runner().Run(PlanExperiments.OfReplicate(s_chaotic, 2)).Results);
        Assert.Equal(WithoutOutcome(Cell.RunAll(s_chaotic))[2], Assert.Single(again.Replicates));
    }

    [Fact]
    public void A_replicate_is_started_once_for_all_lengths_and_not_if_all_are_stored()
    {
        var weights = new WeightsCache(16 << 20);
        var runner = new ExperimentRunner(null!, weights);
        Experiment experiment = Along(s_chaotic, [10, 20, 150], 0, 4);
        runner.Run(experiment);
        Assert.Equal(4, weights.Uses);
        Assert.Empty(runner.Run(experiment, _ => ReplicateSet.First(4)).Results);
        Assert.Equal(4, weights.Uses);
        runner.Run(experiment, _ => ReplicateSet.Of([0, 2, 3]));
        Assert.Equal(5, weights.Uses);
    }

    [Fact]
    public void An_exception_fails_every_length_of_its_replicate_and_no_other_replicate()
    {
        // The input matrix is requested once per replicate; the source throws for the third one, like a store that is unreachable for a moment.
        Matrix rows = PlainMatrix.Gaussian(80, 12, 7);
        CellSpec spec = s_chaotic with { InputDigest = rows.Digest() };
        int[] lengths = [10, 60];
        int asked = 0;
        var source = new Source(_ => ++asked == 3 ? throw new IOException("the connection\r\nis lost\n") : rows);
        Experiment experiment = Along(spec, lengths, 0, 4);

        ExperimentResult result = new ExperimentRunner(source, new WeightsCache(16 << 20)).Run(experiment);

        Assert.Equal(experiment.Readings.Select(reading => new ReadingFailure(reading.Key, 2, "IOException: the connection is lost ")), result.Failures);
        Assert.Equal(lengths, result.Results.Select(cell => cell.Spec.SequenceLength));
        Assert.All(result.Results, cell => Assert.Equal(WithoutOutcome(Cell.RunAll(cell.Spec, rows)).Where(reading => reading.Replicate != 2), cell.Replicates));
    }

    [Fact]
    public void Without_its_weights_every_requested_reading_fails()
    {
        CellSpec spec = s_chaotic with { Weights = WeightEnsemble.File, WeightsDigest = "none" };
        Experiment experiment = Along(spec, [10, 60], 1, 3);
        var runner = new ExperimentRunner(new Source(_ => throw new KeyNotFoundException("there is no such matrix")), new WeightsCache(16 << 20));

        ExperimentResult result = runner.Run(experiment, key => key == experiment.Readings[0].Key ? ReplicateSet.Of([1, 3]) : default);

        Assert.Empty(result.Results);
        ReadingFailure[] all = [.. experiment.Failures("KeyNotFoundException: there is no such matrix")];
        Assert.Equal(6, all.Distinct().Count());
        Assert.Equal(all.Where(failure => failure.Key != experiment.Readings[0].Key || failure.Replicate == 2).ToHashSet(), [.. result.Failures]);
    }

    [Fact]
    public void Cancellation_throws_before_and_during_a_replicate()
    {
        using var before = new CancellationTokenSource();
        before.Cancel();
        Assert.Throws<OperationCanceledException>(() => Cell.Runner().Run(Along(s_chaotic, [10], 0, 4), cancellation: before.Token));

        Matrix rows = PlainMatrix.Gaussian(80, 12, 7);
        using var during = new CancellationTokenSource();
        var source = new Source(_ =>
        {
            during.Cancel();
            return rows;
        });
        var runner = new ExperimentRunner(source, new WeightsCache(16 << 20));
        Experiment last = Along(s_chaotic with { InputDigest = rows.Digest() }, [10, 60], 3, 1);
        Assert.Throws<OperationCanceledException>(() => runner.Run(last, cancellation: during.Token));
    }

    private static void AssertEachAsAlone(CellSpec spec, int[] lengths, params Matrix[] matrices)
    {
        ExperimentResult result = Cell.Runner(matrices).Run(Along(spec, lengths, 0, spec.Replicates));
        Assert.Empty(result.Failures);
        Assert.Equal(lengths, result.Results.Select(cell => cell.Spec.SequenceLength));
        Assert.All(result.Results, cell => Assert.Equal<Reading>(WithoutOutcome(Cell.RunAll(cell.Spec, matrices)), [.. cell.Replicates]));
        Assert.All(result.Results, cell => Assert.True(cell.IsComplete));
    }

    private static Experiment Along(CellSpec spec, int[] lengths, int first, int count)
    {
        IEnumerable<CellSpec> cells = lengths.Select(length => spec with { SequenceLength = length });
        return new Experiment(0, first, count, [.. cells.Select(cell => new PlannedReading(cell, CellKey.Of(cell)))], Work: 1);
    }

    private static Reading[] WithoutOutcome(Reading[] readings) => [.. readings.Select(reading => reading with { Outcome = Core.Experiments.Outcome.Missing })];

    private sealed class Source(Func<string, Matrix> find) : IMatrixSource
    {
        public Matrix Find(string digest) => find(digest);
    }
}
