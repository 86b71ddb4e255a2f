using System.Text.Json;
using System.Text.Json.Serialization;
using RnnSweep.Client.Engines;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Client.Tests.SweepFiles;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>
/// Trained networks have the Jacobian products that PyTorch's automatic differentiation finds of its own nn.RNN, nn.GRU and nn.LSTM with the same weights and input:
/// torch_jacobians.py, which shares no code with this program, makes the files and prints what to expect.
/// </summary>
public sealed class TorchAutogradTests(TorchAutogradTests.Torch torch) : IClassFixture<TorchAutogradTests.Torch>
{
    // The SVD of a product in double precision has an error of some ε σ_1 in every σ_i, whatever its size: a logarithm loses the digits of the product's
    // condition, σ_1/σ_i. Autograd's product itself is 1e-14 σ_1 from its single Jacobians multiplied in numpy (at worst it would be T ε Π‖J_t‖, where
    // Π‖J_t‖ is up to 1e5 σ_1), so 1e-12 leaves two digits for other versions and machines.
    private const double SingularValueError = 1e-12;

    // The determinant is a sum over the steps, in which a factorisation loses the digits of the condition of each J_t. The conditions add up to less than 1e6
    // here, and 1e6 ε = 2e-10.
    private const double LogDeterminantError = 2e-10;

    // Some ε, with the width of the matrices.
    private const double NoiseOfZeros = 1e-14;

    private static readonly string[] s_kinds = ["rnn-tanh", "rnn-relu", "gru", "lstm"];

    private static readonly (string Variant, string[] Sets)[] s_variants =
    [
        ("", []), ("-without-biases", []), ("-from-a-state", []), ("-two-layers", []), ("-two-layers-without-biases", []), ("-two-layers-from-a-state", []),
        ("-layer-0-of-two", ["layer=0"]), ("-layer-1-of-two", ["layer=1"]), ("-forward", ["direction=forward"]), ("-backward", ["direction=backward"]),
    ];

    public static TheoryData<string, string[]> Networks
    {
        get
        {
            var networks = new TheoryData<string, string[]>();
            foreach ((string variant, string[] sets) in s_variants)
            {
                Array.ForEach(s_kinds, kind => networks.Add(kind + variant, kind == "rnn-relu" ? [.. sets, "activation=relu"] : sets));
            }

            return networks;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Networks))]
    public void Singular_values_and_determinant_are_those_of_automatic_differentiation(string network, string[] sets)
    {
        Skip.If(torch.Expected is null, "no python3 with torch and numpy in /usr/bin");
        foreach ((int length, Product[] products) in torch.Expected[network])
        {
            ILookup<int, Reading> readings = Run(network, [$"sequence_length={length}", .. sets]);
            Assert.Equal(products.Length, readings.Count); // a replicate for each sequence of the input
            for (int sequence = 0; sequence < products.Length; sequence++)
            {
                AssertSame(products[sequence], Assert.Single(readings[sequence]));
            }
        }
    }

    // Sums of T products of matrices whose norms are some 10, and a logarithm.
    private const double GradientError = 1e-12;

    [SkippableTheory]
    [MemberData(nameof(Networks))]
    public void Gradients_of_parameters_are_those_of_automatic_differentiation(string network, string[] sets)
    {
        Skip.If(torch.Expected is null, "no python3 with torch and numpy in /usr/bin");
        string[] blocks = network[..3] switch
        {
            "gru" => ["reset_gate_", "update_gate_", "candidate_"],
            "lst" => ["input_gate_", "forget_gate_", "candidate_", "output_gate_"],
            _ => [],
        };
        foreach ((int length, Product[] products) in torch.Expected[network])
        {
            foreach (string loss in new[] { "last", "every" })
            {
                ILookup<int, Reading> readings = Run(network, [$"sequence_length={length}", "statistics=gradient", $"loss={loss}", .. sets]);
                for (int sequence = 0; sequence < products.Length; sequence++)
                {
                    Reading reading = Assert.Single(readings[sequence]);
                    foreach ((string parameter, double[] expected) in products[sequence].Gradients[loss])
                    {
                        double largest = expected.Max(), whole = largest + (Math.Log10(expected.Sum(log => Math.Pow(10, 2 * (log - largest)))) / 2);
                        AssertClose(double.IsNegativeInfinity(largest) ? largest : whole, Column($"log10_{parameter}_gradient"), GradientError, parameter);
                        for (int block = 0; block < blocks.Length; block++)
                        {
                            AssertClose(expected[block], Column($"log10_{blocks[block]}{parameter}_gradient"), GradientError, blocks[block] + parameter);
                        }
                    }

                    double Column(string name) => ReadingColumns.All.Single(column => column.Name == name).Value(reading);
                }
            }
        }
    }

    [SkippableFact]
    public void Every_network_of_the_script_is_compared()
    {
        Skip.If(torch.Expected is null, "no python3 with torch and numpy in /usr/bin");
        Assert.Equal(torch.Expected.Keys.Order(), Networks.Select(row => (string)row[0]).Order());

        // Products that are 0 would agree with anything that is 0.
        Assert.All(torch.Expected, pair => Assert.Contains(pair.Value.Values.SelectMany(products => products), product => product.Log10SingularValues[1] > -5));
        Assert.All(s_kinds, kind => Assert.Contains(torch.Expected[kind].Values.SelectMany(products => products), product => double.IsFinite(product.Log10AbsDeterminant)));
    }

    private static void AssertSame(Product expected, Reading actual)
    {
        Assert.Equal(ReplicateStatus.Ok, actual.Status);
        double largest = expected.Log10SingularValues[0];
        AssertClose(largest, actual.Log10SpectralNorm, SingularValueError, "σ_1");
        ReadOnlySpan<double> values = actual.Spectrum!.Log10SingularValues.Values;
        Assert.Equal(expected.Log10SingularValues.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            if (double.IsNegativeInfinity(largest))
            {
                Assert.Equal(double.NegativeInfinity, values[i]);
            }
            else
            {
                // A product of a stack with dead units may have a lower rank than each of its factors. Its zeros are then not known to be exact, and the program leaves them
                // empty, while PyTorch's are rounding errors.
                double scaled = Math.Pow(10, expected.Log10SingularValues[i] - largest), found = double.IsNaN(values[i]) ? 0 : Math.Pow(10, values[i] - largest);
                Assert.True(!double.IsNaN(values[i]) || scaled < NoiseOfZeros, $"σ_{i + 1}/σ_1: PyTorch says {scaled:R}, but was unknown");
                Assert.True(Math.Abs(scaled - found) <= SingularValueError, $"σ_{i + 1}/σ_1: PyTorch says {scaled:R}, but was {found:R}");
            }
        }

        AssertClose(expected.Log10AbsDeterminant, actual.Log10AbsDeterminant, LogDeterminantError, "det");
    }

    private static void AssertClose(double expected, double actual, double tolerance, string what) => Assert.True(
        expected.Equals(actual) || Math.Abs(expected - actual) <= tolerance, $"log10 of {what}: PyTorch says {expected:R}, but was {actual:R}");

    private ILookup<int, Reading> Run(string network, string[] sets)
    {
        string state = torch.PathOf($"{network}-h0.npy");
        ResolvedSweep sweep = SweepFolder.Read(
            null,
            [
                $"network={torch.PathOf($"{network}.safetensors")}", $"input={torch.PathOf($"{network}-x.npy")}", .. sets.Any(set => set.StartsWith("statistics=", StringComparison.Ordinal)) ? (string[])[] : ["statistics=spectrum"], .. sets,
                .. File.Exists(state) ? (string[])[$"initial_state={state}"] : [],
            ]);
        var runner = new ExperimentRunner(new MatrixTable(sweep), new WeightsCache(64 << 20));
        return Enumerable.Range(0, (int)sweep.Plan.Experiments.Count)
            .SelectMany(i => runner.Run(sweep.Plan.Experiments[i]).Results)
            .SelectMany(result => result.Replicates)
            .ToLookup(reading => reading.Replicate);
    }

    /// <summary>
    /// What automatic differentiation finds of one sequence: log10 of the singular values of P_T, descending, log10|det P_T|, and by loss and parameter log10 of the norms of the gradients of
    /// the blocks.
    /// </summary>
    public sealed record Product(double[] Log10SingularValues, double Log10AbsDeterminant, Dictionary<string, Dictionary<string, double[]>> Gradients);

    /// <summary>The folder that torch_jacobians.py has filled, once for all tests.</summary>
    public sealed class Torch : IDisposable
    {
        private static readonly JsonSerializerOptions s_format = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        };

        private readonly TemporaryFolder _folder = new();

        public Torch()
        {
            if (RunningProgram.Shell(_folder.Path, "/usr/bin/python3 -c 'import torch, numpy'").ExitCode == 0)
            {
                string script = SourceTree.PathOf("tests", "Client.Tests", "Commands", "torch_jacobians.py");
                string output = RunningProgram.Shell(_folder.Path, $"OPENBLAS_NUM_THREADS=1 /usr/bin/python3 '{script}' .").Expect(0).Output;
                Expected = JsonSerializer.Deserialize<Dictionary<string, Dictionary<int, Product[]>>>(output, s_format);
            }
        }

        /// <summary>The products of each network's sequences by sequence length; null where there is no torch.</summary>
        public IReadOnlyDictionary<string, Dictionary<int, Product[]>>? Expected { get; }

        public string PathOf(string file) => _folder[file];

        public void Dispose() => _folder.Dispose();
    }
}
