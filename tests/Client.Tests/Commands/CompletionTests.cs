using RnnSweep.Client.Commands;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>The scripts of <c>rnnsweep completion</c> in real shells: their suggestions for a partly typed command.</summary>
public sealed class CompletionTests : IDisposable
{
    // Parts of the shells are simulated: bash's function gets bash's variables, and zsh's builtin that receives the suggestions prints them.
    private const string Bash = """
        COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'; PATH="$bin:$PATH"; source script.bash
        while IFS= read -r COMP_LINE; do COMP_POINT=${#COMP_LINE}; _rnnsweep rnnsweep "${COMP_LINE##* }" x; printf '%s\n' "$COMP_LINE|${COMPREPLY[*]}"; done <lines
        """;

    private const string Zsh = """
        PATH="$bin:$PATH"; source ./script.zsh
        compadd() { offers+=("${(@P)@[-1]}") }
        _files() { }
        while IFS= read -r line; do
            words=("${(@s: :)line}"); CURRENT=$#words; PREFIX=$words[-1]; offers=()
            _rnnsweep; print -r -- "$line|${(o)offers}"
        done <lines
        """;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Shells => ["bash", "zsh"];

    [SkippableTheory]
    [MemberData(nameof(Shells))]
    public void A_shell_completes_commands_options_and_values(string shell)
    {
        Skip.If(RunningProgram.Shell(_folder.Path, $"command -v {shell}").ExitCode != 0, $"there is no {shell}");
        FinishedRun.Of(SmallSweep.Blink).CopyTo(_folder["runs/blink"]);
        Directory.CreateDirectory(_folder["runs/empty"]);
        Directory.CreateDirectory(_folder["data"]);
        File.WriteAllText(_folder["sweep.yaml"], "hidden_size: 4\n");
        File.WriteAllText(_folder["sweep.txt"], "");
        File.WriteAllText(_folder["a,b.yaml"], "");
        (string Line, string Offers, string? InZsh)[] cases =
        [
            ("rnnsweep ver", "verify", null),
            ("rnnsweep s", "show silo status submit", null),
            ("rnnsweep run --eng", "--engine", null),
            ("rnnsweep run --engine s", "silo", null),
            ("rnnsweep run sw", "sweep.yaml", null),
            ("rnnsweep run a", "a,b.yaml", null),
            ("rnnsweep run sweep.yaml --set spec", "spectral_radius=", null),
            ("rnnsweep run --set activation=t", "tanh", "activation=tanh"),
            ("rnnsweep run --set activation=relu,t", "relu,tanh", "activation=relu,tanh"),
            ("rnnsweep run -o da", "data/", null),
            ("rnnsweep verify ru", "runs/", null),
            ("rnnsweep export runs/", "runs/blink runs/empty/", null),
            ("rnnsweep show runs/blink --at spec", "spectral_radius=", null),
            ("rnnsweep show runs/blink --at spectral_radius=1.", "1.1 1.2", "spectral_radius=1.1 spectral_radius=1.2"),
            ("rnnsweep show nowhere --at spec", "", null),
            ("rnnsweep merge runs/blink runs/b", "runs/blink", null),
            ("rnnsweep jacobian --state p", "post-activation pre-activation", null),
            ("rnnsweep completion z", "zsh", null),
            ("rnnsweep nothing w", "", null),
        ];
        File.WriteAllText(_folder["lines"], string.Concat(cases.Select(line => $"{line.Line}\n")));
        File.WriteAllText(_folder["script." + shell], RunningProgram.Run(_folder.Path, "completion", shell).Expect(0).Output);
        File.WriteAllText(_folder["test"], shell == "bash" ? Bash : Zsh);

        ProgramResult result = RunningProgram.Shell(
            _folder.Path, $"bin={Path.GetDirectoryName(RunningProgram.Path)} ZDOTDIR=. {shell} {(shell == "bash" ? "--norc" : "-f")} ./test").Expect(0);

        Assert.Equal("", result.Error);
        Assert.Equal(
            cases.Select(line => $"{line.Line}|{(shell == "zsh" ? line.InZsh : null) ?? line.Offers}"),
            result.Output.TrimEnd('\n').Split('\n').Select(line => line.Split('|') is [var typed, var offers] ? $"{typed}|{string.Join(' ', offers.Split(' ').Order(StringComparer.Ordinal))}" : line));
    }

    [Fact]
    public void Every_command_is_suggested()
    {
        string offered = RunningProgram.Run(_folder.Path, "[suggest:9]", "rnnsweep ").Expect(0).Output;
        Assert.Superset(CommandLine.Root().Subcommands.Select(command => command.Name).ToHashSet(), offered.Split('\n').ToHashSet());
    }

    [Fact]
    public void Another_shell_is_refused() =>
        Assert.Equal("rnnsweep: SHELL must be bash or zsh, but was 'fish'", Assert.Single(RunningProgram.Run(_folder.Path, "completion", "fish").Expect(2).ErrorLines));

    public void Dispose() => _folder.Dispose();
}
