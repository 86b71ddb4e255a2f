using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;

namespace RnnSweep.Core.Tests.Results;

/// <summary>The status in the tables says whether a number is empty that the cell defines.</summary>
public sealed class ReadingStatusTests
{
    private static readonly CellSpec s_spectrum = new() { HiddenSize = 16, Weights = WeightEnsemble.Orthogonal, Activation = ActivationKind.Linear, SequenceLength = 20, MeasuresSpectrum = true };

    [Fact]
    public void A_spectrum_that_double_precision_resolves_is_ok_and_one_that_it_does_not_is_unresolved()
    {
        // All singular values of an orthogonal chain are 1. At ρ = 10 saturated units leave some slopes near 1e-8, and rounding to 1e-16 of the largest column hides the rest.
        AssertStatus("ok", s_spectrum);
        AssertStatus("unresolved", s_spectrum with { HiddenSize = 48, Weights = WeightEnsemble.Gaussian, Activation = ActivationKind.Tanh, SpectralRadius = 10, SequenceLength = 400 });
    }

    [Theory]
    [InlineData(NetworkKind.Rnn, true, false, false, false)]
    [InlineData(NetworkKind.Rnn, true, true, true, true)]
    [InlineData(NetworkKind.Rnn, false, false, false, true)]
    [InlineData(NetworkKind.Gru, true, false, true, true)]
    [InlineData(NetworkKind.Lstm, true, true, true, false)]
    public void Numbers_that_are_not_defined_leave_the_status_ok(NetworkKind network, bool norms, bool spectrum, bool lags, bool leading)
    {
        // One step has no growth rate, a gated network no mean slope and no bound, leading exponents alone no norm; and no lag is reached.
        var spec = new CellSpec
        {
            HiddenSize = 5,
            Network = network,
            SequenceLength = 1,
            MeasuresNorms = norms,
            MeasuresSpectrum = spectrum,
            MeasuresLags = lags,
            MeasuresLeading = leading,
        };
        Reading reading = Cell(spec);
        Assert.True(double.IsNaN(reading.LyapunovMaxSlope));
        AssertStatus("ok", spec);
    }

    [Fact]
    public void A_product_of_zero_is_known()
    {
        // A rectified unit with a negative bias is dead: W diag(0) = 0.
        var spec = new CellSpec { HiddenSize = 3, Activation = ActivationKind.Relu, Bias = -10, InitialScale = 0, SequenceLength = 20, MeasuresSpectrum = true };
        Reading reading = Cell(spec);
        Assert.True(double.IsNegativeInfinity(reading.Log10SpectralNorm));
        Assert.True(double.IsNaN(reading.Log10ConditionNumber));
        Assert.Equal("zero-gradient", Text(spec, reading));
        Assert.Equal("ok", Text(spec, reading with { Status = ReplicateStatus.Ok, Omega = 0 }));
    }

    [Fact]
    public void A_stored_status_is_kept_where_it_has_a_reason() =>
        Assert.All(
            Enum.GetValues<ReplicateStatus>().Where(status => status != ReplicateStatus.Ok),
            status => Assert.Equal(status, ReadingStatus.For(s_spectrum).Of(new Reading { Status = status })));

    private static void AssertStatus(string status, CellSpec spec)
    {
        Reading reading = Cell(spec);
        Assert.Equal(ReplicateStatus.Ok, reading.Status);
        Assert.Equal(status, Text(spec, reading));
    }

    private static string Text(CellSpec spec, Reading reading) => ReplicateTable.Columns(spec).Single(column => column.Name == "status").Text(reading);

    private static Reading Cell(CellSpec spec) => Experiments.Cell.Run(spec);
}
