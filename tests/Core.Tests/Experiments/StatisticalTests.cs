using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>Known statistics over many networks. The seed fixes all draws, so these tests are deterministic.</summary>
public sealed class StatisticalTests
{
    private static double StandardError(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
    }

    [Fact]
    public void Gaussian_weights_have_the_published_radius_and_norm()
    {
        DrawnWeights[] draws = [.. Enumerable.Range(0, 60).Select(r => DrawnWeights.Of(WeightEnsemble.Gaussian, 100, 1, 1, r, null))];

        // Four standard errors of 60 draws, and the last printed digit; the standard deviation of 60 draws has an error of 9 %.
        Assert.Equal(1.047, draws.Average(d => d.SpectralRadius), (4 * 0.042 / Math.Sqrt(60)) + 5e-4);
        Assert.Equal(1.957, draws.Average(d => d.SpectralNorm), (4 * 0.034 / Math.Sqrt(60)) + 5e-4);
        Assert.Equal(0.042, StandardError([.. draws.Select(d => d.SpectralRadius)]) * Math.Sqrt(60), 0.042 * 0.4);
        Assert.Equal(0.034, StandardError([.. draws.Select(d => d.SpectralNorm)]) * Math.Sqrt(60), 0.034 * 0.4);
    }

    [Theory]
    [InlineData(10, 0.114)]
    [InlineData(100, 0.0098)]
    public void A_finite_product_grows_faster_than_the_radius_by_the_published_bias(int length, double published)
    {
        double[] bias =
        [
            .. Cell.RunAll(new CellSpec
            {
                HiddenSize = 100, Activation = ActivationKind.Linear, SpectralRadius = 0.9, SequenceLength = length, Replicates = 24,
                Scaling = WeightScaling.Exact,
            }).Select(r => r.LyapunovMax - Math.Log(0.9)),
        ];

        // The paper says "about": half a unit of its last printed digit, and the standard error of 24 draws.
        Assert.Equal(published, bias.Average(), (4 * StandardError(bias)) + (published * 0.05));
    }

    // Two states 1e-8 apart, rescaled to that distance after each step: their mean logarithmic growth is λ_1, computed without a Jacobian.
    [Theory]
    [InlineData(StateForm.PreActivation)]
    [InlineData(StateForm.PostActivation)]
    public void Two_nearby_trajectories_diverge_at_the_largest_exponent(StateForm state)
    {
        const int N = 20, Transient = 200, Steps = 20_000;
        const double Distance = 1e-8;
        CellSpec spec = new()
        {
            HiddenSize = N,
            State = state,
            SpectralRadius = 3,
            Transient = Transient,
            SequenceLength = Steps,
            InputScale = 0.1,
            Seed = 4,
        };
        Reading result = Cell.Run(spec);

        // The steps of the network under test itself, because a chaotic state depends on every bit.
        DrawnWeights drawn = DrawnWeights.Of(spec.Weights, N, spec.Density, spec.Seed, 0, null);
        INetwork network = ReplicateTrajectory.Start(spec, 0, _ => drawn, null!)!.Trajectory.Network;
        Drive drive = Drive.Of(N, N, 0.1, 0, 0, spec.Seed, 0, null);
        double[] x = InitialState.Draw(N, 0, 1, spec.Seed, 0), near = new double[N], step = new double[N], unused = new double[N],
            scratch = new double[N];
        double sum = 0;
        for (int t = 0; t < Transient + Steps; t++)
        {
            if (t == Transient)
            {
                near = [.. x.Select((v, i) => v + (Distance * Math.Cos(i) * Math.Sqrt(2.0 / N)))];
            }

            drive.Fill(t, step);
            network.Advance(x, step, unused, scratch);
            if (t >= Transient)
            {
                network.Advance(near, step, unused, scratch);
                double apart = Math.Sqrt(x.Zip(near, (a, b) => (a - b) * (a - b)).Sum());
                sum += Math.Log(apart / Distance);
                near = [.. x.Zip(near, (a, b) => a + ((b - a) * Distance / apart))];
            }
        }

        // The norm belongs to the best direction and the two states have one: the difference is ln of an overlap, over T. The distance has an error of
        // 1e-16/1e-8 and the step is linear to 1e-8. Published for this comparison: 2e-4 at T = 20000.
        Assert.True(Math.Abs(result.LyapunovMax) > 0.02, $"λ is {result.LyapunovMax}: not a case that tells");
        Assert.Equal(result.LyapunovMax, sum / Steps, 4e-4);
    }

    // Published: networks of 200 units are 0.007 to 0.013 below mean field. Here the mean of four of them over 300 steps has its standard error,
    // and ‖P_T‖ exceeds the exponent by at most (ln of a non-normality of order 10)/T.
    [Theory]
    [InlineData(1.5)]
    [InlineData(3)]
    public void Networks_of_200_lie_just_below_mean_field(double gain)
    {
        double[] measured =
        [
            .. Cell.RunAll(new CellSpec
            {
                HiddenSize = 200, SpectralRadius = gain, Scaling = WeightScaling.Expected, Transient = 300, SequenceLength = 300,
                Replicates = 4,
            }).Select(r => r.LyapunovMax),
        ];
        double theory = new MeanField(Activation.Named(ActivationKind.Tanh), gain, 0, 0).LyapunovMax(), open = 3 * StandardError(measured);

        Assert.InRange(measured.Average(), theory - 0.013 - open, theory - 0.007 + open + (Math.Log(10) / 300));
    }
}
