using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>
/// examples/reproduce.py, which shares no code with this program, gives the same columns. None of these networks is chaotic over its
/// length: the two round differently, and chaos would amplify an ulp to any size.
/// </summary>
public sealed partial class ReproduceInNumpyTests
{
    private static readonly Lazy<string?> s_python = new(FindPython);

    private static readonly Dictionary<string, (CellSpec Spec, int Replicate)> s_cells = new()
    {
        ["defaults, damped"] = (new() { SpectralRadius = 0.8, SequenceLength = 60 }, 0),
        ["expected scaling, third replicate"] = (new()
        {
            HiddenSize = 20,
            Scaling = WeightScaling.Expected,
            SpectralRadius = 0.9,
            SequenceLength = 80
        }, 2),
        ["uniform, post-activation, input"] = (
            new()
            {
                HiddenSize = 15,
                State = StateForm.PostActivation,
                Weights = WeightEnsemble.Uniform,
                SpectralRadius = 1.2,
                SequenceLength = 30,
                InputScale = 0.8,
                InputSize = 4
            },
            1),
        ["orthogonal, transient, bias"] = (
            new()
            {
                HiddenSize = 17,
                Weights = WeightEnsemble.Orthogonal,
                SpectralRadius = 1,
                SequenceLength = 50,
                Transient = 20,
                Bias = 0.1,
                BiasScale = 0.4
            }, 0),
        ["linear, symmetric, beyond the range of a double"] = (
            new()
            {
                HiddenSize = 12,
                Activation = ActivationKind.Linear,
                Weights = WeightEnsemble.Symmetric,
                SpectralRadius = 0.5,
                SequenceLength = 4000
            }, 0),
        ["linear, identity"] = (
            new()
            {
                HiddenSize = 3,
                Activation = ActivationKind.Linear,
                Weights = WeightEnsemble.Identity,
                SpectralRadius = 1.5,
                SequenceLength = 100
            }, 0),
        ["sparse, sigmoid"] = (
            new()
            {
                HiddenSize = 30,
                Activation = ActivationKind.Sigmoid,
                Weights = WeightEnsemble.Sparse,
                Density = 0.3,
                SpectralRadius = 3,
                SequenceLength = 100,
                Bias = -1
            }, 1),
        ["low-rank"] = (new() { HiddenSize = 22, Weights = WeightEnsemble.LowRank, Rank = 2, LowRankStrength = 1.4, SpectralRadius = 0.6, SequenceLength = 40 }, 1),
        ["levy"] = (new() { HiddenSize = 20, Weights = WeightEnsemble.Levy, Stability = 1.3, SpectralRadius = 0.8, SequenceLength = 40 }, 1),
        ["lstm, levy"] = (new() { Network = NetworkKind.Lstm, HiddenSize = 10, Weights = WeightEnsemble.Levy, Stability = 1.7, SpectralRadius = 0.7, SequenceLength = 20 }, 0),
        ["relu kept on its linear side"] = (
            new()
            {
                HiddenSize = 10,
                Activation = ActivationKind.Relu,
                SpectralRadius = 0.6,
                SequenceLength = 40,
                Bias = 4,
                InitialState = 5,
                InitialScale = 0.5
            }, 0),
        ["relu that dies"] = (
            new()
            {
                HiddenSize = 4,
                Activation = ActivationKind.Relu,
                SpectralRadius = 0.5,
                SequenceLength = 12,
                Bias = -1,
                InitialState = 3
            }, 0),
        ["hardtanh, post-activation"] = (
            new()
            {
                HiddenSize = 9,
                Activation = ActivationKind.Hardtanh,
                State = StateForm.PostActivation,
                SpectralRadius = 0.9,
                SequenceLength = 25,
                InitialScale = 0.3
            }, 0),
        ["softplus"] = (new()
        {
            HiddenSize = 11,
            Activation = ActivationKind.Softplus,
            SpectralRadius = 0.7,
            SequenceLength = 70,
            BiasScale = 1
        }, 0),
        ["erf, input, largest seed"] = (
            new()
            {
                HiddenSize = 14,
                Activation = ActivationKind.Erf,
                SpectralRadius = 0.8,
                SequenceLength = 45,
                InputScale = 0.3,
                Seed = ulong.MaxValue
            }, 4),
        ["as printed"] = (new()
        {
            HiddenSize = 25,
            Jacobian = JacobianForm.AsPrinted,
            SpectralRadius = 1,
            SequenceLength = 40,
            InputScale = 0.5
        }, 0),
        ["one unit of figure 6"] = (
            new()
            {
                HiddenSize = 1,
                Activation = ActivationKind.Sigmoid,
                Weights = WeightEnsemble.Identity,
                SpectralRadius = 4,
                Bias = -2,
                InitialState = 0.5,
                InitialScale = 0,
                SequenceLength = 50,
                Threshold = 10,
            },
            0),
        ["leaky"] = (new() { HiddenSize = 18, Leak = 0.3, SpectralRadius = 1.1, SequenceLength = 60, BiasScale = 0.2 }, 1),
        ["leaky, post-activation, antisymmetric with diffusion"] = (
            new()
            {
                HiddenSize = 15,
                State = StateForm.PostActivation,
                Leak = 0.5,
                Weights = WeightEnsemble.Antisymmetric,
                Diffusion = 0.2,
                SpectralRadius = 0.9,
                SequenceLength = 40,
                InputScale = 0.4
            }, 0),
        ["saturated"] = (new()
        {
            HiddenSize = 6,
            SpectralRadius = 60,
            SequenceLength = 2,
            Scaling = WeightScaling.Expected,
            InitialScale = 20
        }, 0),
        ["gru"] = (new()
        {
            Network = NetworkKind.Gru,
            HiddenSize = 14,
            SpectralRadius = 1.4,
            GateSpectralRadius = 0.7,
            SequenceLength = 50,
            InputScale = 0.4,
            InputSize = 3,
            Bias = 0.1,
            BiasScale = 0.2,
            UpdateBias = 0.5,
            ResetBias = -1,
            Transient = 5,
        }, 2),
        ["lstm"] = (new()
        {
            Network = NetworkKind.Lstm,
            HiddenSize = 11,
            SpectralRadius = 1.2,
            SequenceLength = 40,
            InputScale = 0.6,
            BiasScale = 0.3,
            ForgetBias = 1,
            InputBias = -0.5,
            OutputBias = 0.25,
        }, 1),
        ["lstm, sparse"] = (new() { Network = NetworkKind.Lstm, HiddenSize = 16, Weights = WeightEnsemble.Sparse, Density = 0.4, SpectralRadius = 0.9, SequenceLength = 25 }, 0),
        ["minimal, uniform, expected scaling"] = (new()
        {
            Network = NetworkKind.Minimal,
            HiddenSize = 9,
            Weights = WeightEnsemble.Uniform,
            Scaling = WeightScaling.Expected,
            SpectralRadius = 2,
            SequenceLength = 60,
            InputScale = 0.5,
            InputSize = 4,
            BiasScale = 0.2,
            UpdateBias = 1,
        }, 3),
    };

    public static TheoryData<string> Names => [.. s_cells.Keys];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public void Numpy_regenerates_every_column(string name)
    {
        Skip.If(s_python.Value is null, "no python3 with numpy and scipy on PATH or in /usr/bin");
        (CellSpec spec, int replicate) = s_cells[name];
        Reading ours = Cell.RunAll(spec with { Replicates = replicate + 1 })[replicate];
        Dictionary<string, string> theirs = Run(spec, replicate);

        foreach ((string column, double value) in Columns.Of(ours))
        {
            // 1e-9 is the documented accuracy; the errors of both are about T N ε.
            string text = theirs[column].Replace("inf", "Infinity", StringComparison.Ordinal);
            double expected = double.Parse(text, CultureInfo.InvariantCulture);
            Assert.True(
                expected.Equals(value) || Math.Abs(expected - value) <= 1e-9 * Math.Max(1, Math.Abs(expected)),
                $"{column}: numpy says {expected:R}, but was {value:R}");
        }

        Assert.Equal(
            (theirs["converged"], theirs["outcome"], theirs["status"], theirs["status_step"], Columns.Of(ours).Length + 4),
            (ours.Converged is { } converged ? converged ? "true" : "false" : "", Kebab(ours.Outcome), Kebab(ours.Status), ours.StatusStep?.ToString(CultureInfo.InvariantCulture) ?? "", theirs.Count));
    }

    public static TheoryData<string, int> Measured => new()
    {
        { "defaults, damped", 0 }, { "uniform, post-activation, input", 0 }, { "as printed", 0 }, { "orthogonal, transient, bias", 5 }, { "relu that dies", 0 }, { "gru", 0 }, { "lstm", 0 },
    };

    [SkippableTheory]
    [MemberData(nameof(Measured))]
    public void Numpy_regenerates_the_lags_and_the_singular_values_within_its_accuracy(string name, int frameTransient)
    {
        Skip.If(s_python.Value is null, "no python3 with numpy and scipy on PATH or in /usr/bin");
        (CellSpec spec, int replicate) = s_cells[name];
        spec = spec with { MeasuresSpectrum = true, MeasuresLags = true, FrameTransient = frameTransient, Replicates = replicate + 1, Threshold = 0.5 };
        Reading ours = Cell.RunAll(spec)[replicate];
        Dictionary<string, string> theirs = Run(spec, replicate);

        AssertClose(List("lags_log10_spectral_norm"), ours.Lags!.Log10SpectralNorms, 1e-9);
        AssertClose(List("lags_log10_frobenius_norm"), ours.Lags!.Log10FrobeniusNorms, 1e-9);
        Assert.Equal(
            (theirs["vanishing_lag"], theirs["exploding_lag"], theirs["halving_lag"]),
            (Text(ours.VanishingLag), Text(ours.ExplodingLag), Text(ours.HalvingLag)));

        // A singular value of 1e-9 of the largest has lost nine digits, so 1e-7 is left.
        double[] values = List("log10_singular_value");
        int known = values.TakeWhile(value => !double.IsNaN(value)).Count();
        AssertClose(values[..known], new([.. ours.Spectrum!.Log10SingularValues.Values[..known]]), 1e-6);

        double[] List(string column) => [.. theirs[column].Replace("inf", "Infinity", StringComparison.Ordinal).Split(' ').Select(Parse)];
        static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
        static string Text(int? lag) => lag?.ToString(CultureInfo.InvariantCulture) ?? "";
    }

    public static TheoryData<string, int> Framed => new()
    {
        { "defaults, damped", 0 }, { "uniform, post-activation, input", 8 }, { "orthogonal, transient, bias", 0 }, { "gru", 5 }, { "lstm", 0 },
    };

    [SkippableTheory]
    [MemberData(nameof(Framed))]
    public void Numpy_regenerates_the_leading_exponents_by_a_decomposition_of_every_step(string name, int frameTransient)
    {
        Skip.If(s_python.Value is null, "no python3 with numpy and scipy on PATH or in /usr/bin");
        (CellSpec spec, int replicate) = s_cells[name];
        spec = spec with { MeasuresLeading = true, Leading = 4, FrameTransient = frameTransient, Replicates = replicate + 1 };
        Reading ours = Cell.RunAll(spec)[replicate];
        Dictionary<string, string> theirs = Run(spec, replicate);

        // R_ii of a step has an error of some ulp of its column, which is at most 1e4 times as long; the documented accuracy is 1e-9.
        AssertClose(List("leading_exponents"), ours.Leading!.Exponents, 1e-9);
        AssertClose(List("leading_within_sems"), ours.Leading!.WithinSems, 1e-9);

        double[] List(string column) => [.. theirs[column].Replace("inf", "Infinity", StringComparison.Ordinal).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
    }

    public static TheoryData<string, LossSteps> WithGradients
    {
        get
        {
            var data = new TheoryData<string, LossSteps>();
            foreach (string name in new[] { "defaults, damped", "uniform, post-activation, input", "orthogonal, transient, bias", "gru", "lstm", "minimal, uniform, expected scaling" })
            {
                data.Add(name, LossSteps.Last);
                data.Add(name, LossSteps.Every);
            }

            return data;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(WithGradients))]
    public void Numpy_regenerates_the_gradients_with_respect_to_parameters(string name, LossSteps loss)
    {
        Skip.If(s_python.Value is null, "no python3 with numpy and scipy on PATH or in /usr/bin");
        (CellSpec spec, int replicate) = s_cells[name];
        spec = spec with { MeasuresGradient = true, MeasuresLags = true, Loss = loss, Replicates = replicate + 1 };
        Reading ours = Cell.RunAll(spec)[replicate];
        Dictionary<string, string> theirs = Run(spec, replicate);
        ReadingColumn[] columns = [.. ReadingColumns.Of(spec).Where(column => column.Group == ColumnGroup.Gradient)];
        Assert.All(columns, column => AssertClose(List(column.Name), new([column.Value(ours)]), 1e-9)); // the documented accuracy
        AssertClose(List("lags_log10_weights_gradient_term"), ours.GradientLags!.Log10Terms, 1e-9);
        AssertClose(List("lags_log10_weights_gradient_partial_sum"), ours.GradientLags.Log10PartialSums, 1e-9);

        double[] List(string column) => [.. theirs[column].Replace("inf", "Infinity", StringComparison.Ordinal).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
    }

    [SkippableTheory]
    [InlineData("uniform, post-activation, input", 900, "")]
    [InlineData("uniform, post-activation, input", 257, "")]
    [InlineData("lstm", 40, "autocorrelation_time")]
    [InlineData("defaults, damped", 60, "autocorrelation_time")]
    [InlineData("defaults, damped", 15, "autocorrelation_time participation_ratio")]
    public void Numpy_regenerates_the_statistics_of_the_states(string name, int steps, string unknown)
    {
        Skip.If(s_python.Value is null, "no python3 with numpy and scipy on PATH or in /usr/bin");
        (CellSpec spec, int replicate) = s_cells[name];
        spec = spec with { SequenceLength = steps, MeasuresActivity = true, Replicates = replicate + 1 };
        Reading ours = Cell.RunAll(spec)[replicate];
        Dictionary<string, string> theirs = Run(spec, replicate);

        foreach ((string column, double value) in new[] { ("activity_variance", ours.ActivityVariance), ("autocorrelation_time", ours.AutocorrelationTime), ("participation_ratio", ours.ParticipationRatio) })
        {
            double expected = double.Parse(theirs[column], CultureInfo.InvariantCulture);
            Assert.Equal(unknown.Contains(column, StringComparison.Ordinal), double.IsNaN(value));
            Assert.True(expected.Equals(value) || Math.Abs(expected - value) <= 1e-9 * Math.Abs(expected), $"{column}: numpy says {expected:R}, but was {value:R}"); // T N ε, as above
        }
    }

    [SkippableFact]
    public void The_code_of_the_reproduce_page_gives_the_first_row_of_its_example()
    {
        Skip.If(s_python.Value is null, "no python3 with numpy and scipy on PATH or in /usr/bin");
        string page = File.ReadAllText(Path.Combine(Root(), "docs", "reproduce.md"));
        string lines = page.Split("```python\n")[1].Split("```")[0];

        (int exit, string output, string error) = Execute(s_python.Value!, ["-c", lines]);

        Assert.Equal((0, ""), (exit, error));
        Reading ours = Cell.Run(new CellSpec { HiddenSize = 128, SpectralRadius = 0.5, SequenceLength = 10 });
        Assert.Equal(ours.Log10SpectralNorm, double.Parse(output, CultureInfo.InvariantCulture), 1e-9); // the documented accuracy
    }

    private static Dictionary<string, string> Run(CellSpec spec, int replicate)
    {
        string script = Path.Combine(Root(), "examples", "reproduce.py");
        string[] fields =
        [
            $"hidden_size={spec.HiddenSize}", $"network={Kebab(spec.Network)}", Number("gate_spectral_radius", spec.ResolvedGateSpectralRadius), Number("forget_bias", spec.ForgetBias),
            Number("input_bias", spec.InputBias), Number("output_bias", spec.OutputBias), Number("update_bias", spec.UpdateBias), Number("reset_bias", spec.ResetBias), $"activation={Kebab(spec.Activation)}", $"state={Kebab(spec.State)}",
            $"weights={Kebab(spec.Weights)}", Number("leak", spec.Leak), Number("diffusion", spec.Diffusion),
            $"scaling={Kebab(spec.Scaling)}", Number("density", spec.Density), Number("stability", spec.Stability), $"rank={spec.Rank}", Number("low_rank_strength", spec.LowRankStrength), Number("spectral_radius", spec.SpectralRadius),
            $"sequence_length={spec.SequenceLength}", Number("input_scale", spec.InputScale), $"input_size={spec.ResolvedInputSize}",
            Number("bias", spec.Bias),
            Number("bias_scale", spec.BiasScale), Number("initial_state", spec.InitialState), Number("initial_scale", spec.InitialScale),
            $"transient={spec.Transient}", $"frame_transient={spec.FrameTransient}",
            $"statistics={StatisticsNames.Of(spec).Replace(" ", "", StringComparison.Ordinal)}", $"seed={spec.Seed}", Number("threshold", spec.Threshold), $"leading={spec.ResolvedLeading}", $"loss={Kebab(spec.Loss)}", $"jacobian={Kebab(spec.Jacobian)}",
            $"replicate={replicate}",
        ];
        (int exit, string output, string error) = Execute(s_python.Value!, [script, .. fields]);

        Assert.Equal((0, ""), (exit, error));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1].Trim());

        static string Number(string name, double value) => string.Create(CultureInfo.InvariantCulture, $"{name}={value:R}");
    }

    private static void AssertClose(double[] expected, Numbers actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Count);
        Assert.All(expected.Zip(actual.Values.ToArray()), pair => Assert.True(
            pair.First.Equals(pair.Second) || Math.Abs(pair.First - pair.Second) <= tolerance * Math.Max(1, Math.Abs(pair.First)),
            $"numpy says {pair.First:R}, but was {pair.Second:R}"));
    }

    private static string Kebab<T>(T value)
        where T : struct, Enum => WordStart().Replace(value.ToString(), "-$0").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])[A-Z]")]
    private static partial Regex WordStart();

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "RnnSweep.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException($"no RnnSweep.sln above {AppContext.BaseDirectory}");
    }

    // The first python3 of PATH may lack numpy although the system's has it.
    private static string? FindPython() => ((string[])["python3", "/usr/bin/python3", "/usr/local/bin/python3", "python"]).FirstOrDefault(
        candidate =>
        {
            try
            {
                const string Needed = "import numpy, scipy.special; numpy.random.Philox; scipy.special.log_expit";
                return Execute(candidate, ["-c", Needed]).ExitCode == 0;
            }
            catch (Win32Exception)
            {
                return false; // there is no such program
            }
        });

    private static (int ExitCode, string Output, string Error) Execute(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_NUM_THREADS"] = "1", ["OPENBLAS_NUM_THREADS"] = "1" },
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
