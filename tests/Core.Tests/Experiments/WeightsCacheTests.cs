using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>A cache of weights saves work and changes no bit: two records are equal if every number is, NaN included.</summary>
public sealed class WeightsCacheTests
{
    private static readonly CellSpec s_chaotic = new() { HiddenSize = 12, SpectralRadius = 2.5, InputScale = 0.2, BiasScale = 0.1, Transient = 11, Replicates = 4 };

    // If there is no room for a matrix, the numbers of a draw, such as its radius, stay in the cache.
    [Theory]
    [InlineData(16 << 20)]
    [InlineData(0)]
    public void Weights_are_drawn_once_for_all_radii_and_lengths(long bytes)
    {
        var weights = new WeightsCache(bytes);
        var runner = new ExperimentRunner(null!, weights);
        foreach (double radius in new[] { 0.5, 1, 2 })
        {
            foreach (int length in new[] { 10, 20 })
            {
                Cell.RunAll(runner, s_chaotic with { SpectralRadius = radius, SequenceLength = length });
            }
        }

        Assert.Equal((6 * s_chaotic.Replicates, s_chaotic.Replicates), (weights.Uses, weights.Draws));
    }

    [Fact]
    public void Many_small_weights_do_not_take_more_than_the_limit()
    {
        // Sixteen elements are 128 bytes; the objects around them take twice as much, and are counted.
        const int Limit = 100_000;
        var weights = new WeightsCache(Limit);
        for (ulong seed = 1; seed <= 2000; seed++)
        {
            weights.Find(new CellSpec { HiddenSize = 4, Seed = seed }, 0, null!);
        }

        Assert.InRange(weights.Count, Limit / 500, Limit / 390);
    }

    [Fact]
    public void A_matrix_of_a_file_is_the_same_for_all_seeds_and_replicates()
    {
        var weights = new WeightsCache(1 << 20);
        var spec = new CellSpec { HiddenSize = 3, Weights = WeightEnsemble.File, WeightsDigest = "a file" };
        foreach ((ulong seed, int replicate) in new[] { (1UL, 0), (1UL, 1), (2UL, 0) })
        {
            weights.Find(spec with { Seed = seed }, replicate, new OneMatrix());
        }

        Assert.Equal((3, 1), (weights.Uses, weights.Draws));
    }

    [Fact]
    public void Only_the_numbers_that_a_cell_needs_are_computed()
    {
        var weights = new WeightsCache(1 << 20);
        CellSpec spec = s_chaotic with { MeasuresNorms = false, Scaling = WeightScaling.Expected };
        DrawnWeights none = weights.Find(spec, 0, null!), radius = weights.Find(spec with { Scaling = WeightScaling.Exact }, 0, null!), all = weights.Find(s_chaotic, 0, null!);
        Assert.Equal((double.NaN, double.NaN, double.NaN), (none.SpectralRadius, none.SpectralNorm, none.LogAbsDeterminant));
        Assert.Equal((all.SpectralRadius, double.NaN, double.NaN), (radius.SpectralRadius, radius.SpectralNorm, radius.LogAbsDeterminant));
        Assert.All([all.SpectralRadius, all.SpectralNorm, all.LogAbsDeterminant], number => Assert.True(double.IsFinite(number)));
    }

    [Fact]
    public void Weights_drawn_again_are_the_same_bits()
    {
        var forgetful = new ExperimentRunner(null!, new WeightsCache(0));
        ExperimentRunner keeping = Cell.Runner();
        foreach (WeightEnsemble ensemble in Enum.GetValues<WeightEnsemble>().Where(e => e != WeightEnsemble.File))
        {
            CellSpec spec = s_chaotic with { Weights = ensemble, Density = 0.5 };
            Reading[] expected = Cell.RunAll(keeping, spec);
            Assert.Equal<Reading>(expected, Cell.RunAll(forgetful, spec));
            Assert.Equal<Reading>(expected, Cell.RunAll(forgetful, spec));
            Assert.Equal<Reading>(expected, Cell.RunAll(keeping, spec));
        }
    }

    [Fact]
    public void Threads_that_share_a_runner_get_the_readings_of_a_single_thread()
    {
        ExperimentRunner shared = Cell.Runner();
        CellSpec[] specs =
        [
            .. from radius in new[] { 0.5, 1.5, 3 }
               from length in new[] { 20, 60, 150 }
               select s_chaotic with { SpectralRadius = radius, SequenceLength = length },
        ];
        var results = new Reading[specs.Length * 3][];

        Parallel.For(0, results.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => results[i] = Cell.RunAll(shared, specs[i % specs.Length]));

        for (int i = 0; i < results.Length; i++)
        {
            Assert.Equal<Reading>(Cell.RunAll(specs[i % specs.Length]), results[i]);
        }
    }

    private sealed class OneMatrix : IMatrixSource
    {
        public Matrix Find(string digest) => new(3, 3);
    }
}
