using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Results;
using RnnSweep.Core.Tests.Sweeps;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>The columns of the gates, from the cell to the tables.</summary>
public sealed class GateStatisticsTests
{
    // Without input and with a candidate bias of 0 the state stays at 0, where every gate is σ of its bias.
    private static readonly CellSpec s_atZero = new() { HiddenSize = 7, SequenceLength = 30, SpectralRadius = 1.2, InitialScale = 0, Transient = 4, Replicates = 1 };

    private static readonly CellSpec s_driven = new()
    {
        HiddenSize = 9,
        SequenceLength = 60,
        Replicates = 2,
        SpectralRadius = 1.3,
        GateSpectralRadius = 2.5,
        InputScale = 1.5,
        InputSize = 4,
        Transient = 3,
        BiasScale = 1.2,
        ForgetBias = 1,
        OutputBias = -0.4,
        UpdateBias = 0.5,
        ResetBias = -0.2,
    };

    [Theory]
    [InlineData(NetworkKind.Lstm, 0.4, -1.3, 2.2)]
    [InlineData(NetworkKind.Gru, -0.7, 1.6, 0)]
    [InlineData(NetworkKind.Minimal, 3, 0, 0)]
    public void At_the_fixed_point_0_every_gate_is_sigma_of_its_bias(NetworkKind network, double first, double second, double third)
    {
        CellSpec spec = s_atZero with { Network = network, UpdateBias = first, ResetBias = second, ForgetBias = first, InputBias = second, OutputBias = third };
        Reading reading = Cell.Run(spec);
        (GateKind Kind, double Bias)[] gates = network switch
        {
            NetworkKind.Lstm => [(GateKind.Forget, first), (GateKind.Input, second), (GateKind.Output, third)],
            NetworkKind.Gru => [(GateKind.Update, first), (GateKind.Reset, second)],
            _ => [(GateKind.Update, first)],
        };
        foreach ((GateKind kind, double bias) in gates)
        {
            (double mean, double p05, double p95) = Of(reading, kind);
            Assert.Equal(Sigma(bias), mean, 1e-14); // a sum of 210 equal numbers below 1
            Assert.Equal(Sigma(bias), p05, 1e-15);
            Assert.Equal(Sigma(bias), p95, 1e-15);
        }

        Assert.Equal(spec.SequenceLength * Math.Log10(Sigma(first)), reading.Log10MemoryPath, 1e-13);
        Assert.Equal(0, reading.SaturatedFraction); // σ' at 3 is 0.045
    }

    // σ'(7) = 9.1e-4 and σ'(6.8) = 1.1e-3, on both sides of 1e-3.
    [Theory]
    [InlineData(NetworkKind.Lstm, 7, 3)]
    [InlineData(NetworkKind.Gru, 7, 2)]
    [InlineData(NetworkKind.Minimal, 7, 1)]
    [InlineData(NetworkKind.Lstm, 6.8, 3)]
    [InlineData(NetworkKind.Gru, 6.8, 2)]
    [InlineData(NetworkKind.Minimal, 6.8, 1)]
    public void A_gate_is_saturated_where_its_slope_is_below_a_thousandth(NetworkKind network, double bias, int gates)
    {
        double expected = Sigma(bias) * Sigma(-bias) < 1e-3 ? 1 : 0;
        CellSpec one = s_atZero with { Network = network, UpdateBias = bias, ForgetBias = -bias }, all = one with { ResetBias = -bias, InputBias = bias, OutputBias = bias };
        Assert.Equal(bias == 7 ? 1 : 0, expected);
        Assert.Equal(expected / gates, Cell.Run(one).SaturatedFraction, 1e-15);
        Assert.Equal(expected, Cell.Run(all).SaturatedFraction);
    }

    [Theory]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Minimal)]
    public void The_memory_path_of_gates_below_the_range_of_a_double_is_known(NetworkKind network)
    {
        Reading reading = Cell.Run(s_atZero with { Network = network, ForgetBias = -800, UpdateBias = -800 });
        Assert.Equal(0, double.IsNaN(reading.ForgetGateMean) ? reading.UpdateGateMean : reading.ForgetGateMean);
        Assert.Equal(-800 * 30 / Math.Log(10), reading.Log10MemoryPath, 1e-10); // ln σ(a) = a − e^a + …; relative 1e-14
        Assert.Equal(1.0 / GateBlocks.Of(network).Gates.Length, reading.SaturatedFraction, 1e-15);
    }

    [Theory]
    [InlineData(NetworkKind.Lstm)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Minimal)]
    public void The_statistics_are_those_of_all_gates_of_plain_loops(NetworkKind network)
    {
        CellSpec spec = s_driven with { Network = network };
        foreach (Reading reading in Cell.RunAll(spec))
        {
            var plain = new PlainGatedReplicate(spec, reading.Replicate);
            Assert.Equal(GateBlocks.Of(network).Gates.Order(), plain.Gates.Keys.Order());
            var all = new List<double>();
            foreach ((GateKind kind, List<double[]> steps) in plain.Gates)
            {
                double[] sorted = [.. steps.SelectMany(step => step).Order()];
                Assert.Equal(spec.HiddenSize * spec.SequenceLength, sorted.Length);
                (double mean, double p05, double p95) = Of(reading, kind);
                Assert.Equal(sorted.Average(), mean, 1e-7); // the plain spectral radius is known to 1e-9, and the trajectory is not chaotic
                Assert.Equal(Quantile(sorted, 0.05), p05, 1e-4 + 1e-7); // a bin
                Assert.Equal(Quantile(sorted, 0.95), p95, 1e-4 + 1e-7);
                all.AddRange(sorted);
            }

            // None lies so close to the limit that the error of the plain radius decides.
            Assert.DoesNotContain(all, gate => Math.Abs((gate * (1 - gate)) - 1e-3) < 1e-7);
            Assert.Equal(all.Count(gate => gate * (1 - gate) < 1e-3) / (double)all.Count, reading.SaturatedFraction, 1e-15);
            List<double[]> keep = plain.Gates[network == NetworkKind.Lstm ? GateKind.Forget : GateKind.Update];
            Assert.Equal(Enumerable.Range(0, spec.HiddenSize).Max(i => keep.Sum(step => Math.Log10(step[i]))), reading.Log10MemoryPath, 1e-6);
        }
    }

    [Theory]
    [InlineData(NetworkKind.Rnn)]
    [InlineData(NetworkKind.Minimal)]
    [InlineData(NetworkKind.Gru)]
    [InlineData(NetworkKind.Lstm)]
    public void A_reading_has_the_columns_of_its_network_s_gates_and_no_others(NetworkKind network)
    {
        CellSpec spec = s_driven with { Network = network, Replicates = 1 };
        string[] kinds = network switch
        {
            NetworkKind.Rnn => [],
            NetworkKind.Minimal => ["update"],
            NetworkKind.Gru => ["reset", "update"],
            _ => ["input", "forget", "output"],
        };
        string[] expected =
        [
            .. kinds.SelectMany(kind => new[] { $"{kind}_gate_mean", $"{kind}_gate_p05", $"{kind}_gate_p95" }),
            .. network == NetworkKind.Rnn ? Array.Empty<string>() : ["saturated_fraction", "log10_memory_path"],
        ];
        Reading reading = Cell.Run(spec);
        ReadingColumn[] gates = [.. ReadingColumns.All.Where(column => column.Group == ColumnGroup.Gates)];
        Assert.Equal(expected, gates.Where(column => !double.IsNaN(column.Value(reading))).Select(column => column.Name));
        Assert.Equal(expected, ReadingColumns.Of(spec).Where(column => column.Group == ColumnGroup.Gates).Select(column => column.Name));
    }

    [Fact]
    public void A_table_of_several_networks_has_the_gates_of_all_of_them()
    {
        ICellTable plain = SweepParts.Plan(SweepParts.List("network", "rnn", "minimal")), both = SweepParts.Plan(SweepParts.List("network", "gru", "lstm"));
        Assert.Equal([NetworkKind.Rnn, NetworkKind.Minimal], plain.Networks);
        Assert.Equal([NetworkKind.Gru, NetworkKind.Lstm], both.Networks);
        Assert.Equal(
            ["update_gate_mean", "update_gate_p05", "update_gate_p95", "saturated_fraction", "log10_memory_path"],
            Names(plain).Except(Names(SweepParts.Plan())));
        Assert.Equal(ReadingColumns.All.Where(column => column.Group == ColumnGroup.Gates).Select(column => column.Name), Names(both).Except(Names(SweepParts.Plan())));

        IEnumerable<string> Names(ICellTable table) => ReplicateTable.Columns(table).Select(column => column.Name);
    }

    [Fact]
    public void Means_and_the_memory_path_are_summarised_with_their_spread_and_quantiles_by_their_means()
    {
        string[] names = [.. SummaryTable.Columns(new CellSpec { Network = NetworkKind.Minimal }).Select(column => column.Name)];
        Assert.Equal(
            [
                "update_gate_mean_mean", "update_gate_mean_sd", "update_gate_mean_sem", "update_gate_mean_median", "update_gate_p05_mean", "update_gate_p95_mean",
                "saturated_fraction_mean", "saturated_fraction_sd", "saturated_fraction_sem", "saturated_fraction_median",
                "log10_memory_path_mean", "log10_memory_path_sd", "log10_memory_path_sem", "log10_memory_path_median",
            ],
            names.Except(SummaryTable.Columns(new CellSpec()).Select(column => column.Name)));
    }

    private static (double Mean, double P05, double P95) Of(Reading reading, GateKind kind)
    {
        double[] values = [.. ReadingColumns.All.Where(column => column.Name.StartsWith($"{kind}_gate_", StringComparison.OrdinalIgnoreCase)).Select(column => column.Value(reading))];
        return (values[0], values[1], values[2]);
    }

    // numpy's default.
    private static double Quantile(double[] sorted, double share)
    {
        double rank = share * (sorted.Length - 1);
        int below = (int)rank;
        return sorted[below] + ((rank - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }

    private static double Sigma(double a) => 1 / (1 + Math.Exp(-a));
}
