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
            ReplicateResult[] expected = [.. cold.Run(at).Replicates];
            Assert.Equal<ReplicateResult>(expected, [.. warm.Run(at, goesOn: true).Replicates]);
            Assert.Equal<ReplicateResult>(expected, [.. small.Run(at, goesOn: true).Replicates]); // room for one trajectory or none
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
            ReplicateResult[] expected = [.. cold.Run(at).Replicates];
            Assert.All(expected, replicate => Assert.NotNull(replicate.Spectrum));
            Assert.Equal<ReplicateResult>(expected, [.. warm.Run(at, goesOn: true).Replicates]);
        }

        // What is not asked for is not computed, and what is does not change what comes anyway, but for the state that the frame's steps move on.
        ReplicateResult[] norms = Cell.RunAll(spec with { MeasuresSpectrum = false, MeasuresLags = false, SequenceLength = 100 });
        ReplicateResult[] all = Cell.RunAll(spec with { SequenceLength = 100 });
        Assert.Equal<ReplicateResult>(norms, [.. all.Select(replicate => replicate with { Spectrum = null, Lags = null })]);
    }

    [Fact]
    public void Going_on_is_what_a_warm_cache_does()
    {
        var trajectories = new TrajectoryCache(16 << 20);
        var weights = new WeightsCache(16 << 20);
        var experiment = new Experiment(null!, weights, trajectories);

        foreach (int length in new[] { 10, 20, 50 })
        {
            experiment.Run(s_chaotic with { SequenceLength = length }, goesOn: true);
            experiment.Run(s_chaotic with { SequenceLength = length, SpectralRadius = 1 }, goesOn: true);
        }

        // 2 radii × 4 replicates start once, W₀ once for both
        Assert.Equal((16, 8, 4), (trajectories.Hits, trajectories.Misses, weights.Draws));
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
            ReplicateResult[] expected = [.. keeping.Run(spec).Replicates];
            Assert.Equal<ReplicateResult>(expected, [.. forgetful.Run(spec).Replicates]);
            Assert.Equal<ReplicateResult>(expected, [.. keeping.Run(spec).Replicates]);
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
            i => results[i] = shared.Run(specs[i % specs.Length], goesOn: true));

        for (int i = 0; i < results.Length; i++)
        {
            Assert.Equal<ReplicateResult>([.. alone.Run(specs[i % specs.Length]).Replicates], [.. results[i].Replicates]);
        }
    }
}
