using RnnSweep.Client.Tests.SweepFiles;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>
/// The commands diagnose and check, on an nn.RNN without input whose recurrent weights are λ times the identity. From the state 0 it stays there, so every Jacobian is λ times the identity, and a
/// gradient has λ^k of its length after k steps.
/// </summary>
public sealed class DiagnoseTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    [Fact]
    public void The_words_say_how_far_gradients_reach_and_what_is_left()
    {
        string[] lines = Lines("diagnose", Model("one", 0.6), "--input", Input(10), "-o", "one");
        Assert.Equal("A trained RNN with tanh: 3 units, 2 inputs; 4 sequences of 10 steps.", lines[0]);
        Assert.Equal("Gradients halve after 2 steps (2 to 2 in 4 sequences).", lines[1]); // 0.6 and 0.36
        Assert.Equal("After 10 steps 0.006 of a gradient's length is left (0.006 to 0.006 in 4 sequences).", lines[2]); // 0.6^10
        Assert.Contains("3 of 3 directions keep more than a thousandth of a gradient over 10 steps.", lines);
        string report = File.ReadAllText(Path.Combine(folder.Path, "one", "report.html"));
        Assert.Contains("Gradients halve after 2 steps", report, StringComparison.Ordinal);

        // The same command again computes nothing.
        Assert.Contains("(1 were stored, 0 computed", RunningProgram.Run(folder.Path, "diagnose", Model("one", 0.6), "--input", Input(10), "-o", "one").Expect(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradients_that_do_not_halve_are_said_to_reach_beyond_the_input()
    {
        string[] lines = Lines("diagnose", Model("kept", 0.99), "--input", Input(10), "-o", "kept");
        Assert.Equal("Gradients do not halve within 10 steps in any of 4 sequences.", lines[1]); // 0.99^10 = 0.904
        lines = Lines("diagnose", Model("grown", 1.5), "--input", Input(10), "-o", "grown");
        Assert.Equal("Over 10 steps a gradient grows to 58 times its length (58 to 58 in 4 sequences).", lines[2]); // 1.5^10 = 57.7
        lines = Lines("diagnose", Model("gone", 1e-40), "--input", Input(10), "-o", "gone");
        Assert.Equal("After 10 steps 1e−400 of a gradient's length is left (1e−400 to 1e−400 in 4 sequences).", lines[2]);
        Assert.Contains("0 of 3 directions keep more than a thousandth of a gradient over 10 steps.", lines);
    }

    [Fact]
    public void Each_checkpoint_has_a_line_and_the_report_a_map_of_lags()
    {
        Model("step-5", 0.3);
        Model("step-20", 0.6);
        Model("step-100", 0.8);
        string[] lines = Lines("diagnose", "step-*.safetensors", "--input", Input(10), "-o", "steps");
        Assert.StartsWith("3 checkpoints of a trained RNN with tanh", lines[0], StringComparison.Ordinal);
        Assert.Equal(
            ["Checkpoint 5: gradients halve after 1 step", "Checkpoint 20: gradients halve after 2 steps", "Checkpoint 100: gradients halve after 4 steps"],
            lines[1..4].Select(line => line.Split(" (")[0])); // 0.8⁴ = 0.41
        Assert.True(File.Exists(Path.Combine(folder.Path, "steps", "figures", "lag-map.svg")));
        Assert.DoesNotContain("λ = 0, at network", File.ReadAllText(Path.Combine(folder.Path, "steps", "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_layers_the_shortest_is_named()
    {
        string[] lines = Lines("diagnose", Model("deep", 0.9, 0.3), "--input", Input(10), "-o", "deep");
        Assert.StartsWith("A trained RNN with tanh: 2 layers of 3 units", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("Layer 0: gradients halve after 7 steps", StringComparison.Ordinal)); // 0.9⁷ = 0.478
        Assert.Contains(lines, line => line.StartsWith("Layer 1: gradients halve after 1 step", StringComparison.Ordinal));
        Assert.Contains("Of the layers by themselves, layer 1 keeps the least.", lines);
    }

    [Theory]
    [InlineData("5", "0.077", 0)] // 0.6⁵ = 0.0778
    [InlineData("5", "0.079", 3)]
    [InlineData("10", "6e-3", 0)]
    [InlineData("10", "6.1e-3", 3)]
    public void Check_compares_the_gradient_at_the_reach_with_what_is_wanted(string reach, string least, int exitCode)
    {
        ProgramResult result = RunningProgram.Run(folder.Path, "check", Model("check", 0.6), "--input", Input(10), "--reach", reach, "--at-least", least).Expect(exitCode);
        Assert.StartsWith(exitCode == 0 ? "ok: a gradient keeps " : "too short: a gradient keeps ", Assert.Single(result.Output.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_fails_where_one_of_several_networks_is_too_short()
    {
        ProgramResult result = RunningProgram.Run(
            folder.Path, "check", Model("ckpt-1", 0.9), Model("ckpt-2", 0.3), "--input", Input(10), "--reach", "5", "--at-least", "0.1").Expect(3);
        Assert.Equal(["checkpoint 1: ok", "checkpoint 2: too short"], result.Output.TrimEnd().Split('\n').Select(line => string.Join(": ", line.Split(": ")[..2])));
    }

    [Theory]
    [InlineData("--reach must be a whole number from 1 to 10, the steps of the input, but was '11'", "--reach", "11", "--at-least", "1")]
    [InlineData("--reach must be a whole number from 1 to 10, the steps of the input, but was '0'", "--reach", "0", "--at-least", "1")]
    [InlineData("--at-least must be a finite number > 0, but was '0'", "--reach", "5", "--at-least", "0")]
    [InlineData("--at-least must be a finite number > 0, but was 'nan'", "--reach", "5", "--at-least", "nan")]
    public void Bad_arguments_of_check_are_refused(string message, params string[] arguments) => Assert.Contains(
        message, RunningProgram.Run(folder.Path, ["check", Model("bad", 0.6), "--input", Input(10), .. arguments]).Expect(2).Error, StringComparison.Ordinal);

    [Fact]
    public void Bad_files_are_refused_without_a_folder()
    {
        string model = Model("fine", 0.6), wide = folder.WriteNpy("wide.npy", "<f8", "(4, 10, 3)", false, new double[120]);
        Refused("input must have 2 columns, the inputs of fine.safetensors, but wide.npy has 3", model, wide);
        Refused("--input missing.npy does not exist", model, "missing.npy");
        Refused("missing.safetensors does not exist", "missing.safetensors", Input(10));
        Refused("no file matches none-*.safetensors", "none-*.safetensors", Input(10));
        Refused("to convert a state_dict: python3 -c \"import torch, safetensors.torch as s; s.save_file(torch.load('model.pt', map_location='cpu'), 'model.safetensors')\"", "model.pt", Input(10));

        void Refused(string message, string network, string input)
        {
            Assert.Contains(message, RunningProgram.Run(folder.Path, "diagnose", network, "--input", input, "-o", "refused").Expect(2).Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Combine(folder.Path, "refused")));
        }
    }

    private string[] Lines(params string[] arguments) => RunningProgram.Run(folder.Path, arguments).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string Input(int steps) => folder.WriteNpy($"x{steps}.npy", "<f8", $"(4, {steps}, 2)", false, new double[4 * steps * 2]);

    // A layer for each λ, none of which has an effect on the others.
    private string Model(string name, params double[] factors)
    {
        const int n = 3;
        var entries = new List<string>();
        var values = new List<double>();
        for (int layer = 0; layer < factors.Length; layer++)
        {
            Add($"weight_hh_l{layer}", n, n, [.. Enumerable.Range(0, n * n).Select(i => i % (n + 1) == 0 ? factors[layer] : 0)]);
            int inputs = layer == 0 ? 2 : n;
            Add($"weight_ih_l{layer}", n, inputs, new double[n * inputs]);
        }

        return folder.Write($"{name}.safetensors", SafetensorsReaderTests.File($"{{{string.Join(',', entries)}}}", SafetensorsReaderTests.Doubles([.. values])));

        void Add(string tensor, int rows, int columns, double[] entriesOf)
        {
            entries.Add($$"""
                "{{tensor}}":{"dtype":"F64","shape":[{{rows}},{{columns}}],"data_offsets":[{{8 * values.Count}},{{8 * (values.Count + entriesOf.Length)}}]}
                """);
            values.AddRange(entriesOf);
        }
    }
}
