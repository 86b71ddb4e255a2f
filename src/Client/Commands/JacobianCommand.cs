using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using RnnSweep.Client.Engines;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep jacobian</c>: compares three candidate matrices with central differences of a network's step.</summary>
internal static class JacobianCommand
{
    private const string Summary = "Show which matrix is the Jacobian of a recurrent network's step";

    private const string Details = """
        Holds three candidates against central differences of a small network: the right one, its transpose, and the form printed by
        Pascanu, Mikolov & Bengio (2013, section 1.1).

        Example:
          rnnsweep jacobian --hidden-size 5 --seed 7 --state post-activation --set activation=sigmoid
        """;

    public static Command Create()
    {
        var size = new Option<string>("--hidden-size") { Description = "Length of the hidden state", HelpName = "N", DefaultValueFactory = _ => "4" };
        var seed = new Option<string>("--seed") { Description = "Seed of the weights and the state", HelpName = "SEED", DefaultValueFactory = _ => "1" };
        var state = new Option<string>("--state")
        {
            Description = "Which form of the state: pre-activation or post-activation",
            HelpName = "STATE",
            DefaultValueFactory = _ => "pre-activation",
        };
        Completions.Of(state, _ => SweepFields.Find("state")!.Choices);
        Option<string[]> set = new SweepArguments().Set;
        set.Description = "Set another field of the network: FIELD=VALUE; may be repeated";
        Option<bool> json = CommonOptions.Json("Print the deviations as JSON");
        var command = new DetailedCommand("jacobian", Summary, Details) { size, seed, state, set, json };
        command.SetAction(parsed =>
        {
            string[] sets =
            [
                $"hidden_size={parsed.GetValue(size)}", $"seed={parsed.GetValue(seed)}", $"state={parsed.GetValue(state)}", .. parsed.GetValue(set) ?? [],
            ];
            ResolvedSweep sweep = SweepFileReader.Read(null, sets, out ImmutableArray<SweepProblem> problems)
                ?? throw new UsageException(problems.Select(problem => problem.ToString()));
            if (sweep.Plan.CellCount > 1)
            {
                throw new UsageException("rnnsweep: jacobian looks at one network, so no field may have several values");
            }

            CellSpec spec = sweep.Plan.Cell(0);
            if (spec.JacobiansDigest is not null)
            {
                throw new UsageException("rnnsweep: jacobian holds the Jacobian of a network's step against differences of that step, but of jacobians no step is known");
            }

            _ = new Computation(sweep, parallelism: 1);
            JacobianComparison comparison = Compare(spec, sweep);
            Console.WriteLine(parsed.GetValue(json) ? Json(comparison) : Text(spec, comparison));
            return ExitCode.Done;
        });
        return command;
    }

    private static JacobianComparison Compare(CellSpec spec, ResolvedSweep sweep)
    {
        try
        {
            return JacobianComparison.Of(spec, new MatrixTable(sweep));
        }
        catch (Exception error) when (error is ArgumentException or OverflowException)
        {
            throw new UsageException($"rnnsweep: {error.Message}");
        }
    }

    private static string Text(CellSpec spec, JacobianComparison comparison)
    {
        if (spec.Network != NetworkKind.Rnn || spec.RunningLayers > 1)
        {
            return GatedText(spec, comparison);
        }

        bool pre = spec.State == StateForm.PreActivation;
        bool leaks = spec.Leak != 1;
        string leak = leaks ? "(1 − a) I + a " : "";
        (string exact, string transpose, string printed) = pre
            ? (leak + "W diag(φ'(x_{t−1}))", leak + "diag(φ'(x_{t−1})) Wᵀ", leak + "Wᵀ diag(φ'(x_{t−1}))")
            : (leak + "diag(φ'(a_t)) W", leak + "Wᵀ diag(φ'(a_t))", leak + "Wᵀ diag(φ'(a_t))");
        string step = (pre, leaks) switch
        {
            (true, false) => "x_t = W φ(x_{t−1}) + W_in u_t + b",
            (true, true) => $"x_t = (1 − a) x_{{t−1}} + a (W φ(x_{{t−1}}) + W_in u_t + b), a = {spec.Leak}",
            (false, false) => "h_t = φ(a_t), a_t = W h_{t−1} + W_in u_t + b",
            (false, true) => $"h_t = (1 − a) h_{{t−1}} + a φ(a_t), a_t = W h_{{t−1}} + W_in u_t + b, a = {spec.Leak}",
        };
        int width = leaks ? 36 : 22;
        string derivative = pre ? "∂x_t/∂x_{t−1}" : "∂h_t/∂h_{t−1}";
        return $"""
            {step}, hidden size {spec.HiddenSize}, {spec.Activation.ToString().ToLowerInvariant()}, seed {spec.Seed}
            Largest deviation from central differences of {derivative} (row = output, column = input; largest entry {comparison.LargestEntry:0.00}):

              {exact.PadRight(width)} numerator layout        {Deviation(comparison, comparison.Exact)}
              {transpose.PadRight(width)} its transpose           {Deviation(comparison, comparison.Transpose)}
              {printed.PadRight(width)} as printed in 2013      {Deviation(comparison, comparison.Printed)}

            {Sentence(pre, comparison, exact, transpose, printed, derivative)}
            """;
    }

    private static string GatedText(CellSpec spec, JacobianComparison comparison)
    {
        string state = spec.Network == NetworkKind.Lstm ? "(h, c)" : "h";
        return $"""
            network {CanonicalText.Of(spec.Network)}, hidden size {spec.HiddenSize}, seed {spec.Seed}
            Largest deviation from central differences of the step of {state} (row = output, column = input; largest entry {comparison.LargestEntry:0.00}):

              the Jacobian      {Deviation(comparison, comparison.Exact)}
              its transpose     {Deviation(comparison, comparison.Transpose)}
            """;
    }

    private static string Deviation(JacobianComparison comparison, double deviation) =>
        $"{deviation:0.0e+00}  {(comparison.Agrees(deviation) ? "agrees" : "differs")}";

    private static string Sentence(bool pre, JacobianComparison comparison, string exact, string transpose, string printed, string derivative)
    {
        string exactSentence = comparison.Agrees(comparison.Exact)
            ? $"{exact} is the Jacobian {derivative}; {transpose} is its transpose, the same derivative in denominator layout."
            : $"{exact} disagrees with the differences, which should not be: please report it with this command.";
        string printedSentence = (comparison.Agrees(comparison.Printed), comparison.Agrees(comparison.PrintedFromTranspose)) switch
        {
            _ when !pre => "For this form of the state the printed product is that transpose; the paper prints it for the pre-activation form, where it is neither.",
            (true, _) => $"On this network the printed {printed} agrees as well, because W and the slopes commute or are symmetric here; in general it is neither.",
            (_, true) => $"On this network the printed {printed} equals the transpose; in general it is neither.",
            _ => $"The printed {printed} is neither: it is no Jacobian in any layout.",
        };
        return $"{exactSentence}\n{printedSentence}";
    }

    private static string Json(JacobianComparison comparison) => JsonSerializer.Serialize(
        new JacobianJson(
            comparison.Exact,
            comparison.Transpose,
            double.IsNaN(comparison.Printed) ? null : comparison.Printed,
            double.IsNaN(comparison.PrintedFromTranspose) ? null : comparison.PrintedFromTranspose,
            comparison.LargestEntry),
        JsonOutput.Default.JacobianJson);
}
