using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Sweeps;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Experiments;

public sealed class ActivityTests
{
    private static readonly CellSpec s_spec = new() { HiddenSize = 10, SpectralRadius = 1.5, SequenceLength = 300, Transient = 40, InputScale = 0.3, Replicates = 1, MeasuresActivity = true };

    // A linear network driven by white noise of covariance S = W_in W_inᵀ: C = W C Wᵀ + S, and Σ_k C(k) over all lags k is (I − W)⁻¹ S (I − W)⁻ᵀ. A replicate
    // deviates by the chance of its noise; the mean of the relative deviations is within five of its standard errors of 0, and at most some percent.
    [Theory]
    [InlineData(StateForm.PreActivation)]
    [InlineData(StateForm.PostActivation)]
    public void A_driven_linear_network_has_the_covariance_of_its_lyapunov_equation(StateForm state)
    {
        CellSpec spec = new()
        {
            HiddenSize = 16,
            Activation = ActivationKind.Linear,
            State = state,
            SpectralRadius = 0.6,
            InputScale = 1,
            Bias = 3,
            SequenceLength = 8192,
            Transient = 100,
            Replicates = 24,
            MeasuresActivity = true,
        };
        Reading[] readings = Cell.RunAll(spec);
        double[][] ratios = [.. readings.Select(reading =>
        {
            (double variance, double time, double ratio) = Exact(spec, reading.Replicate);
            return new[] { reading.ActivityVariance / variance, reading.AutocorrelationTime / time, reading.ParticipationRatio / ratio };
        })];

        for (int k = 0; k < 3; k++)
        {
            double mean = ratios.Average(r => r[k]), sem = Math.Sqrt(ratios.Average(r => Math.Pow(r[k] - mean, 2)) / (readings.Length - 1));
            Assert.InRange(sem, 0, 0.015);
            Assert.Equal(1, mean, 5 * sem);
        }
    }

    private static (double Variance, double Time, double Ratio) Exact(CellSpec spec, int replicate)
    {
        int n = spec.HiddenSize;
        Matrix w = new PlainReplicate(spec with { SequenceLength = 1, Transient = 0 }, replicate).Weights, input = new(n, n), identity = Matrix.Identity(n);
        Philox.For(spec.Seed, replicate, StreamRole.InputWeights).FillNormal(input.Values);
        Matrix s = PlainMatrix.Map(PlainMatrix.Multiply(input, input.Transpose()), x => x * spec.InputScale * spec.InputScale / n), c = s;
        for (int i = 0; i < 200; i++)
        {
            c = PlainMatrix.Of((PlainMatrix.ToMathNet(PlainMatrix.Multiply(PlainMatrix.Multiply(w, c), w.Transpose())) + PlainMatrix.ToMathNet(s)).ToArray()); // 0.6^400 is nothing
        }

        var inverse = (PlainMatrix.ToMathNet(identity) - PlainMatrix.ToMathNet(w)).Inverse();
        double trace = PlainMatrix.ToMathNet(c).Trace(), all = (inverse * PlainMatrix.ToMathNet(s) * inverse.Transpose()).Trace();
        return (trace / n, all / trace, trace * trace / PlainMatrix.ToMathNet(PlainMatrix.Multiply(c, c)).Trace());
    }

    public static TheoryData<CellSpec> Cells =>
    [
        s_spec, // in a batch
        s_spec with { HiddenSize = 30 },
        s_spec with { MeasuresLags = true, LagCount = 4, MeasuresSpectrum = true, SequenceLength = 60 },
        s_spec with { MeasuresLeading = true },
        s_spec with { MeasuresLeading = true, MeasuresNorms = false, Leading = 2 },
        s_spec with { Network = NetworkKind.Lstm, HiddenSize = 7 },
        s_spec with { Tied = false, Scaling = WeightScaling.Expected },
        s_spec with { Leak = 0.4, State = StateForm.PostActivation },
    ];

    [Theory]
    [MemberData(nameof(Cells))]
    public void It_changes_no_other_number(CellSpec spec)
    {
        Reading with = Cell.Run(spec), without = Cell.Run(spec with { MeasuresActivity = false });

        Assert.False(double.IsNaN(with.ActivityVariance + with.ParticipationRatio));
        Assert.Equal(without, with with { ActivityVariance = double.NaN, AutocorrelationTime = double.NaN, ParticipationRatio = double.NaN });
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void A_length_that_is_read_on_the_way_has_the_numbers_of_its_own_run(CellSpec spec)
    {
        FieldSetting[] fields = [new(new ListAxis(SweepFields.SequenceLength, [.. new[] { "17", "50", "60" }.Select(text => Sweeps.SweepParts.Value("sequence_length", text))]), IsAxis: true)];
        var plan = new SweepPlan("test", spec, [.. fields.Select(field => field.Values)]);
        ExperimentResult result = Cell.Runner().Run(plan.Experiments[0]);

        Assert.Equal(3, result.Results.Length);
        Assert.All(result.Results, cell => Assert.Equal(Cell.Run(cell.Spec) with { Outcome = Outcome.Missing }, cell.Replicates[0] with { Outcome = Outcome.Missing }));
    }

    [Fact]
    public void A_state_that_overflows_has_no_activity()
    {
        Reading reading = Cell.Run(s_spec with { Activation = ActivationKind.Linear, SpectralRadius = 30, SequenceLength = 400 });
        Assert.Equal(ReplicateStatus.StateOverflow, reading.Status);
        Assert.Equal((double.NaN, double.NaN, double.NaN), (reading.ActivityVariance, reading.AutocorrelationTime, reading.ParticipationRatio));
        Assert.False(double.IsNaN(reading.Log10SpectralNorm)); // of a linear network
    }

    // Without input and bias a tanh network below the critical radius decays to 0, of which only the variance is left.
    [Fact]
    public void A_network_at_its_fixed_point_has_the_variance_0()
    {
        Reading reading = Cell.Run(s_spec with { InputScale = 0, SpectralRadius = 0, Bias = 0.5 });
        Assert.Equal((0, double.NaN, double.NaN), (reading.ActivityVariance, reading.AutocorrelationTime, reading.ParticipationRatio));
    }
}
