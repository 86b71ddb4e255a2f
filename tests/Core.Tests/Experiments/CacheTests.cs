using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Caches save work and change no bit: two records are equal where every number is, NaN included.</summary>
public sealed class CacheTests
{
    private static readonly CellSpec s_chaotic = new()
    {
        HiddenSize = 12,
        SpectralRadius = 2.5,
        InputScale = 0.2,
        BiasScale = 0.1,
        Transient = 11,
        Replicates = 4,
    };

    [Theory]
    [InlineData(ActivationKind.Tanh, StateForm.PreActivation)]
    [InlineData(ActivationKind.Softplus, StateForm.PostActivation)]
    [InlineData(ActivationKind.Linear, StateForm.PreActivation)]
    public void A_trajectory_that_goes_on_gives_the_bits_of_one_from_step_0(ActivationKind activation, StateForm state)
    {
        CellSpec spec = s_chaotic with { Activation = activation, State = state };
        Experiment cold = Cell.Experiment(0), warm = Cell.Experiment(16 << 20), small = Cell.Experiment(9000);
        int[] lengths = [1, 2, 64, 100, 100, 129, 400, 7, 900];
        foreach (int length in lengths)
        {
            CellSpec at = spec with { SequenceLength = length };
            Reading[] expected = [.. cold.Run(at).Replicates];
            Assert.Equal<Reading>(expected, [.. warm.Run(at, onward: true).Replicates]);
            Assert.Equal<Reading>(expected, [.. small.Run(at, onward: true).Replicates]); // room for one trajectory or none
        }
    }

    [Theory]
    [InlineData(ActivationKind.Tanh, StateForm.PreActivation)]
    [InlineData(ActivationKind.Relu, StateForm.PostActivation)]
    [InlineData(ActivationKind.Linear, StateForm.PreActivation)]
    public void Spectrum_and_lags_of_a_trajectory_that_goes_on_are_the_same_bits_too(ActivationKind activation, StateForm state)
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
        Experiment cold = Cell.Experiment(0), warm = Cell.Experiment(16 << 20);
        foreach (int length in new[] { 1, 2, 64, 100, 129, 400 })
        {
            CellSpec at = spec with { SequenceLength = length };
            Reading[] expected = [.. cold.Run(at).Replicates];
            Assert.All(expected, replicate => Assert.NotNull(replicate.Spectrum));
            Assert.Equal<Reading>(expected, [.. warm.Run(at, onward: true).Replicates]);
        }

        // What is not asked for is not computed, and what is does not change what comes anyway, but for the state that the frame's steps move on.
        Reading[] norms = Cell.RunAll(spec with { MeasuresSpectrum = false, MeasuresLags = false, SequenceLength = 100 });
        Reading[] all = Cell.RunAll(spec with { SequenceLength = 100 });
        Assert.Equal<Reading>(norms, [.. all.Select(replicate => replicate with { Spectrum = null, Lags = null })]);
    }

    [Fact]
    public void Going_on_is_what_a_warm_cache_does()
    {
        var trajectories = new TrajectoryCache(16 << 20);
        var weights = new WeightsCache(16 << 20);
        var experiment = new Experiment(null!, weights, trajectories);

        foreach (int length in new[] { 10, 20, 50 })
        {
            experiment.Run(s_chaotic with { SequenceLength = length }, onward: true);
            experiment.Run(s_chaotic with { SequenceLength = length, SpectralRadius = 1 }, onward: true);
        }

        // 2 radii × 4 replicates start once, W₀ once for both
        Assert.Equal((16, 8, 4), (trajectories.Hits, trajectories.Misses, weights.Draws));
    }

    [Fact]
    public void Lengths_read_ahead_give_the_bits_of_one_length_at_a_time_and_start_once()
    {
        var trajectories = new TrajectoryCache(16 << 20);
        var experiment = new Experiment(null!, new WeightsCache(16 << 20), trajectories);
        Experiment cold = Cell.Experiment(0);
        int[] lengths = [10, 20, 150];
        foreach ((int length, Onward onward) in lengths.Zip(Onward.Along(lengths, i => i < 2)))
        {
            CellSpec at = s_chaotic with { SequenceLength = length };
            CellResult expected = cold.Run(at), result = experiment.Run(at, onward);
            Assert.Equal(expected.Key, result.Key);
            Assert.Equal<Reading>([.. expected.Replicates], [.. result.Replicates]);
        }

        Assert.Equal((0, s_chaotic.Replicates), (trajectories.Hits, trajectories.Misses));
    }

    [Fact]
    public void What_takes_long_is_not_read_ahead_but_goes_on()
    {
        var trajectories = new TrajectoryCache(16 << 20);
        var experiment = new Experiment(null!, new WeightsCache(16 << 20), trajectories);
        CellSpec first = s_chaotic with { SequenceLength = 3 };
        Assert.False(Experiment.IsReadAhead(first with { SequenceLength = int.MaxValue }));
        experiment.Run(first, new Onward(new[] { 5, int.MaxValue }, GoesBeyond: false));
        experiment.Run(first with { SequenceLength = 5 }, new Onward(new[] { int.MaxValue }, GoesBeyond: false));
        experiment.Run(first with { SequenceLength = 7 });
        Assert.Equal((s_chaotic.Replicates, s_chaotic.Replicates), (trajectories.Hits, trajectories.Misses));
    }

    [Fact]
    public void What_follows_a_cell_ends_with_its_trajectory()
    {
        bool[] goesOn = [true, true, false, false, true];
        Onward[] along = Onward.Along([1, 2, 3, 4, 5], i => goesOn[i]);
        Assert.Equal([[2, 3], [3], [], [], []], along.Select(onward => onward.Lengths.ToArray()));
        Assert.Equal(goesOn, along.Select(onward => onward.GoesOn));
        Assert.Equal([false, false, false, false, true], along.Select(onward => onward.GoesBeyond));
        Assert.Empty(Onward.Along([], _ => true));
    }

    [Fact]
    public void A_radius_is_computed_once_also_where_no_matrix_can_be_kept()
    {
        var weights = new WeightsCache(0);
        var experiment = new Experiment(null!, weights, new TrajectoryCache(0));
        foreach (double radius in new[] { 0.5, 1, 2 })
        {
            experiment.Run(s_chaotic with { SpectralRadius = radius });
        }

        Assert.Equal(s_chaotic.Replicates, weights.Draws);
    }

    [Fact]
    public void Weights_drawn_again_are_the_same_bits()
    {
        var forgetful = new Experiment(null!, new WeightsCache(0), new TrajectoryCache(0));
        Experiment keeping = Cell.Experiment(0);
        foreach (WeightEnsemble ensemble in Enum.GetValues<WeightEnsemble>().Where(e => e != WeightEnsemble.File))
        {
            CellSpec spec = s_chaotic with { Weights = ensemble, Density = 0.5 };
            Reading[] expected = [.. keeping.Run(spec).Replicates];
            Assert.Equal<Reading>(expected, [.. forgetful.Run(spec).Replicates]);
            Assert.Equal<Reading>(expected, [.. keeping.Run(spec).Replicates]);
        }
    }

    [Fact]
    public void A_replicate_is_the_same_whatever_their_number()
    {
        Assert.Equal(Cell.RunAll(s_chaotic)[..2], Cell.RunAll(s_chaotic with { Replicates = 2 }));
    }

    [Fact]
    public void Threads_that_share_an_experiment_get_what_one_alone_gets()
    {
        Experiment alone = Cell.Experiment(0), shared = Cell.Experiment(16 << 20);
        CellSpec[] specs =
        [
            .. from radius in new[] { 0.5, 1.5, 3 }
               from length in new[] { 20, 60, 150 }
               select s_chaotic with { SpectralRadius = radius, SequenceLength = length },
        ];
        var results = new CellResult[specs.Length * 3];

        Parallel.For(
            0,
            results.Length,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            i => results[i] = shared.Run(specs[i % specs.Length], onward: true));

        for (int i = 0; i < results.Length; i++)
        {
            Assert.Equal<Reading>([.. alone.Run(specs[i % specs.Length]).Replicates], [.. results[i].Replicates]);
        }
    }
}
