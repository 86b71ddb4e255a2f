using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>The examples that reproduce a published figure, at a small size, compared with the figure's theory.</summary>
public sealed class PresetTests
{
    private static readonly Theory s_theory = new();

    // Networks of 256 units are within a few hundredths of the limit N → ∞: at N = 200 the exponent was 0.007 to 0.013 below it, and the error of a few
    // replicates with some hundred steps is as large.
    private const double FiniteSize = 0.03;

    [Fact]
    public void The_unstable_fraction_peaks_near_a_gain_of_3_while_the_exponent_rises()
    {
        (CellSpec Spec, CellResult Result)[] cells = Run("clark-2026-spectrum", "hidden_size=96", "sequence_length=300", "spectral_radius=1.5,3,10", "replicates=2");
        double[] fractions = [.. cells.Select(cell => Mean(cell.Result, r => r.UnstableFraction))];
        double[] exponents = [.. cells.Select(cell => Mean(cell.Result, r => r.LyapunovMaxSlope))];

        // One exponent changes the fraction by 0.01. A small network becomes chaotic at a larger gain, so the fractions agree only far from the onset.
        Assert.Equal(s_theory.Of(cells[1].Spec).UnstableFraction, fractions[1], 0.02);
        Assert.True(fractions[1] > fractions[0] && fractions[1] > fractions[2], string.Join(' ', fractions));
        Assert.Equal(exponents.Order(), exponents);

        // Two independent computations of the determinant, within double precision, which is insufficient at a gain of 10.
        Assert.All(cells[..2], cell => Assert.All(cell.Result.Replicates, r => Assert.Equal(0, r.SumRuleResidual, 1e-6)));
        Assert.All(cells[2].Result.Replicates, r => Assert.True(Math.Abs(r.SumRuleResidual) > 1e-3 && double.IsNaN(r.Spectrum!.Log10SingularValues[^1])));
    }

    [Fact]
    public void Noise_lowers_the_exponent_along_the_published_curve()
    {
        (CellSpec Spec, CellResult Result)[] cells = Run("molgedey-1992-noise", "hidden_size=256", "sequence_length=400", "input_scale=0,1", "replicates=3");
        Assert.All(cells, cell => Assert.Equal(s_theory.LyapunovMax(cell.Spec), Mean(cell.Result, r => r.LyapunovMaxSlope), FiniteSize));

        // Molgedey, Schuchhardt & Schuster 1992, as N → ∞.
        double[] published = [0.0652172119, -0.1418250493, 0.1547242298, 0.0459750442];
        Assert.All(cells.Zip(published), pair => Assert.Equal(pair.Second, s_theory.LyapunovMax(pair.First.Spec), 1e-9));
    }

    [Fact]
    public void The_critical_line_separates_order_from_chaos()
    {
        (CellSpec Spec, CellResult Result)[] cells = Run(
            "chen-2018-critical-line", "hidden_size=256", "sequence_length=300", "spectral_radius=0.8,1.1,1.5,1.8", "bias_scale=0,0.2236", "replicates=3");

        // Within a few hundredths of the line a network of this size may be on either side.
        (CellSpec Spec, CellResult Result)[] clear = [.. cells.Where(cell => Math.Abs(s_theory.LyapunovMax(cell.Spec)) > FiniteSize)];
        Assert.Equal(7, clear.Length);
        Assert.All(clear, cell => Assert.Equal(Math.Sign(s_theory.LyapunovMax(cell.Spec)), Math.Sign(Mean(cell.Result, r => r.LyapunovMaxSlope))));

        // The published point of the line, to its printed digits: χ = 1 at σ_w² = 1.76, σ_b² = 0.05.
        var critical = new CellSpec { SpectralRadius = Math.Sqrt(1.76), BiasScale = Math.Sqrt(0.05) };
        Assert.Equal(0, s_theory.LyapunovMax(critical), 5e-4);
    }

    [Fact]
    public void Orthogonal_chains_keep_every_singular_value()
    {
        (CellSpec Spec, CellResult Result)[] cells = Run("saxe-2014-orthogonal", "hidden_size=24", "activation=linear", "replicates=2");
        foreach ((CellSpec spec, CellResult result) in cells.Where(cell => cell.Spec.Weights == WeightEnsemble.Orthogonal))
        {
            // Q is orthogonal to some ulp, so T steps are to T times that.
            Assert.All(result.Replicates, r => Assert.All(Enumerable.Range(0, spec.HiddenSize).Select(i => r.Spectrum!.Log10SingularValues[i]), value => Assert.Equal(0, value, 1e-14 * spec.SequenceLength)));
        }

        double[] gaussian = [.. cells.Where(cell => cell.Spec.Weights == WeightEnsemble.Gaussian).Select(cell => Mean(cell.Result, r => r.Log10ConditionNumber))];
        Assert.Equal(4, gaussian.Length);
        Assert.All(gaussian.Zip(gaussian[1..]), pair => Assert.True(pair.Second > 1.5 * pair.First, $"{pair.First} {pair.Second}"));
    }

    [Fact]
    public void Gradients_of_parameters_grow_with_the_memory_of_a_network_whose_product_does_not()
    {
        (CellSpec Spec, CellResult Result)[] cells = Run("parameter-gradients", "spectral_radius=0.9,0.95,0.98,0.99,1", "sequence_length=2000");
        foreach ((CellSpec spec, CellResult result) in cells)
        {
            double radius = spec.SpectralRadius, square = radius * radius;
            Assert.All(result.Replicates, r => Assert.Equal(2000 * Math.Log10(radius), r.Log10SpectralNorm, 1e-9));
            if (radius < 1)
            {
                // Zucchet & Orvieto 2024, for each of the N processes, which are in sum as strong as white noise of variance 1 each. Half of the correlated processes count as independent, and the
                // square of a normal number has the relative deviation √2: 6 % for 32 networks, of which four are allowed.
                double expected = spec.HiddenSize * (1 + square) / Math.Pow(1 - square, 3);
                Assert.InRange(Mean(result, r => Math.Pow(10, 2 * r.Log10WeightsGradient)) / expected, 0.75, 1.25);

                // ‖δ‖ falls like ρ^k, and the noise of ‖h‖ averages out: its relative deviation, some 0.2, over 2000 (1 − ρ) correlated steps and 32 networks.
                Assert.Equal(1 / (1 - radius), Mean(result, r => r.GradientMeanLag), 0.1 / (1 - radius));
            }
        }

        double[] medians = [.. cells.Select(cell => Mean(cell.Result, r => r.Log10WeightsGradient))];
        Assert.Equal(medians.Order(), medians);
        Assert.True(medians[^1] > medians[0] + 2);
    }

    private static (CellSpec Spec, CellResult Result)[] Run(string example, params string[] sets)
    {
        ResolvedSweep sweep = SweepFileReader.Read(SourceTree.PathOf("examples", $"{example}.yaml"), sets, out var problems)
            ?? throw new ArgumentException(string.Join('\n', problems));
        var runner = new ExperimentRunner(null!, new WeightsCache(64 << 20));
        ILookup<CellKey, Reading> readings = Enumerable.Range(0, (int)sweep.Plan.Experiments.Count)
            .SelectMany(i => runner.Run(sweep.Plan.Experiments[i]).Results)
            .SelectMany(result => result.Replicates.Select(reading => (result.Key, reading)))
            .ToLookup(pair => pair.Key, pair => pair.reading);
        return
        [
            .. Enumerable.Range(0, (int)sweep.Plan.CellCount).Select(i => sweep.Plan.Cell(i)).Select(spec => (spec, CellResult.Of(spec, CellKey.Of(spec), readings[CellKey.Of(spec)]))),
        ];
    }

    private static double Mean(CellResult result, Func<Reading, double> value) => result.Replicates.Average(value);
}
