using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Tests.LinearAlgebra;
using RnnSweep.Core.Tests.Networks.Gated;

namespace RnnSweep.Core.Tests.Jacobians;

public sealed class GateTotalsTests
{
    private const int N = 3;

    // Values in one bin, at both ends of the range, equal ones, and few.
    private static readonly Gen<double[]> s_values = Gen.OneOf(
        Gen.Choose(0, 1_000_000).Select(i => i / 1e6),
        Gen.Choose(0, 100).Select(i => 0.5 + (i * 1e-6)),
        Gen.Elements(0, double.Epsilon, 1e-4, 0.3, 1 - 1e-16, 1)).ArrayOf(N).ArrayOf().Where(steps => steps.Length > 0).Select(steps => steps.SelectMany(step => step).ToArray());

    [Fact]
    public void Quantiles_are_within_a_bin_of_those_of_the_sorted_values() => Prop.ForAll(s_values.ToArbitrary(), values =>
    {
        GateStatistics found = Totals(values).Of(0);
        double[] sorted = [.. values.Order()];
        Assert.Equal(values.Average(), found.Mean, 1e-13);
        Assert.Equal(Quantile(0.05), found.P05, 1e-4 + 1e-15);
        Assert.Equal(Quantile(0.95), found.P95, 1e-4 + 1e-15);

        double Quantile(double share)
        {
            double rank = share * (sorted.Length - 1);
            return sorted[(int)rank] + ((rank % 1) * (sorted[(int)Math.Ceiling(rank)] - sorted[(int)rank]));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_gate_that_is_not_a_number_makes_its_statistics_unknown()
    {
        GateTotals totals = Totals(0.5, double.NaN, 0.5);
        Assert.Equal(new GateStatistics(double.NaN, double.NaN, double.NaN), totals.Of(0));
        Assert.Equal(double.NaN, totals.SaturatedFraction);
        Assert.Equal(double.NaN, totals.LogMemoryPath);
    }

    [Fact]
    public void The_memory_path_is_that_of_the_unit_that_keeps_most_over_all_steps()
    {
        // Unit 1 keeps more at every step but one.
        GateTotals totals = Totals(0.5, 0.9, 0.1, 0.5, 0.01, 0.1, 0.5, 0.9, 0.1);
        Assert.Equal(3 * Math.Log(0.5), totals.LogMemoryPath, 1e-15);
    }

    [Theory]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Lstm)]
    public void The_gates_of_a_stack_are_those_of_all_its_layers(NetworkKind kind)
    {
        StackedNetwork stack = GatedSample.Stack(kind, N, 2, 91);
        var upper = new UpperLayer(stack);
        double[] state = PlainMatrix.Gaussian(stack.HiddenSize, 1, 93).Values, slopes = new double[stack.SlopeLength], scratch = new double[stack.HiddenSize];
        GateTotals whole = new(stack), first = new(stack.First), last = new(upper);
        for (int t = 0; t < 20; t++)
        {
            stack.Advance(state, PlainMatrix.Gaussian(stack.DriveLength, 1, (ulong)(100 + t)).Values, slopes, scratch);
            whole.Add(slopes);
            first.Add(stack.SlopesOf(0, slopes));
            last.Add(stack.SlopesOf(1, slopes));
        }

        Assert.NotEqual(first.LogMemoryPath, last.LogMemoryPath);
        Assert.Equal(Math.Max(first.LogMemoryPath, last.LogMemoryPath), whole.LogMemoryPath);
        Assert.Equal((first.SaturatedFraction + last.SaturatedFraction) / 2, whole.SaturatedFraction, 1e-15);
        for (int gate = 0; gate < stack.Gates.Length; gate++)
        {
            Assert.Equal((first.Of(gate).Mean + last.Of(gate).Mean) / 2, whole.Of(gate).Mean, 1e-15); // as many units
        }
    }

    // The slopes of a minimalRNN's steps: d, k, ln k.
    private static GateTotals Totals(params double[] gates)
    {
        var totals = new GateTotals(new MinimalNetwork(new Matrix(N, N), null, new double[N]));
        foreach (double[] step in gates.Chunk(N))
        {
            totals.Add([.. new double[N], .. step, .. step.Select(gate => Math.Log(gate))]);
        }

        return totals;
    }
}
