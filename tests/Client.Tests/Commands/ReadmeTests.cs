using System.Text.RegularExpressions;
using RnnSweep.Client.Commands;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>
/// The commands that README.md shows are commands: each is carried out, <c>run</c> as the <c>plan</c> of the same sweep, and what reads a
/// run's folder on the folder of a small sweep.
/// </summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Text => File.ReadAllText(SourceTree.PathOf("README.md"));

    [Fact]
    public void Its_commands_work_and_what_it_shows_of_them_is_what_they_say()
    {
        Directory.CreateSymbolicLink(_folder["examples"], SourceTree.PathOf("examples"));
        string sweep = Blocks("yaml").FirstOrDefault() ?? "hidden_size: 4\n";
        Command[] commands = [.. Blocks("sh", "console", "bash").SelectMany(Commands)];
        Assert.NotEmpty(commands);
        foreach ((string[] given, string shown) in commands)
        {
            string[] arguments = given;
            if (arguments is ["silo" or "submit" or "attach" or "status" or "cancel", ..])
            {
                AssertKnown(arguments);
                continue;
            }

            if (arguments is ["run" or "plan", ..])
            {
                arguments = ["plan", .. PlanOptions(arguments[1..])];
                foreach (string file in arguments.Where(argument =>
                    argument.EndsWith(".yaml", StringComparison.Ordinal) && !File.Exists(_folder[argument])))
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
                    File.WriteAllText(_folder[file], sweep);
                }
            }
            else if (arguments is ["export" or "verify" or "report" or "show", var run, ..] && !run.StartsWith('-'))
            {
                RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", run]).Expect(0);
            }

            else if (arguments is ["merge", ..])
            {
                foreach (Match shard in arguments.Select(argument => ShardFolder().Match(argument)).Where(match => match.Success))
                {
                    string part = $"{shard.Groups[1].Value}/{shard.Groups[2].Value}";
                    RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "--shard", part, "-o", shard.Value]).Expect(0);
                }
            }

            bool isRefused = Problem().IsMatch(shown);
            ProgramResult result = RunningProgram.Run(_folder.Path, arguments).Expect(isRefused ? ExitCode.Usage : ExitCode.Done);
            if (shown.Length > 0 && (isRefused || given[0] == arguments[0]))
            {
                Assert.Equal(shown.Trim(), Deviation().Replace(isRefused ? result.Error : result.Output, "#").Trim());
            }
        }
    }

    [Theory]
    [InlineData("$ ./rnnsweep run examples/a.yaml   # a comment\noutput, ./rnnsweep is not a command\n", "run examples/a.yaml")]
    [InlineData("rnnsweep plan --set 'name=two words' \\\n    --set seed=1 | less\n", "plan --set name=two words --set seed=1")]
    [InlineData("cd x && ./rnnsweep verify runs/a; ./build\n", "verify runs/a")]
    [InlineData("RNNSWEEP_CLUSTER=x ./rnnsweep status > file\n", "status")]
    public void Its_blocks_are_read_as_a_shell_reads_them(string block, string command) =>
        Assert.Equal([command], Commands(block).Select(found => string.Join(' ', found.Arguments)));

    public void Dispose() => _folder.Dispose();

    // What needs a cluster is read in full, and refused for what is not here: the cluster, a certificate, a file.
    private void AssertKnown(string[] arguments)
    {
        var nowhere = new Dictionary<string, string> { ["RNNSWEEP_CLUSTER"] = "nowhere" };
        string line = Assert.Single(RunningProgram.Run(_folder.Path, nowhere, arguments).Expect(ExitCode.Usage).ErrorLines);
        Assert.Contains(new[] { "connection string", "no such file" }, reason => line.Contains(reason, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Blocks(params string[] languages) =>
        Block().Matches(Text).Where(block => languages.Contains(block.Groups[1].Value)).Select(block => block.Groups[2].Value);

    /// <summary>The commands of a block that are the program's, each with what is shown of its output.</summary>
    private static IEnumerable<Command> Commands(string block)
    {
        // Where a prompt shows what is typed, the other lines are what comes out.
        block = block.Replace("\\\n", " ", StringComparison.Ordinal);
        string[] typed = block.StartsWith("$ ", StringComparison.Ordinal)
            ? $"\n{block}".Split("\n$ ", StringSplitOptions.RemoveEmptyEntries)
            : block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string text in typed)
        {
            string[] lineAndOutput = text.Split('\n', 2);
            foreach (List<string> words in Simple(lineAndOutput[0]))
            {
                int program = words.FindIndex(word => !word.Contains('=', StringComparison.Ordinal));
                if (program >= 0 && words[program] is "./rnnsweep" or "rnnsweep")
                {
                    string shown = Deviation().Replace(lineAndOutput.ElementAtOrDefault(1) ?? "", "#");
                    yield return new Command([.. words.Skip(program + 1)], shown);
                }
            }
        }
    }

    /// <summary>The words of each simple command in a line of shell.</summary>
    private static IEnumerable<List<string>> Simple(string line)
    {
        var words = new List<string>();
        foreach (Match word in Word().Matches(line))
        {
            if (word.Value.StartsWith('#'))
            {
                break;
            }

            if (word.Value[0] is '|' or '&' or ';')
            {
                yield return words;
                words = [];
            }
            else
            {
                words.Add(word.Value.Replace("'", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal));
            }
        }

        int redirection = words.FindIndex(word => word.Contains('>', StringComparison.Ordinal));
        yield return redirection < 0 ? words : words[..redirection];
    }

    /// <summary>Without the options that only <c>run</c> has.</summary>
    private static IEnumerable<string> PlanOptions(string[] options)
    {
        for (int i = 0; i < options.Length; i++)
        {
            if (options[i] is "--engine")
            {
                i++;
            }
            else if (options[i] is not ("-v" or "--verbose" or "--watch"))
            {
                yield return options[i];
            }
        }
    }

    private sealed record Command(string[] Arguments, string Shown);

    // A problem of a sweep: exit code 2.
    [GeneratedRegex(@"^(--set \S+|\S+\.ya?ml:\d+:\d+): ", RegexOptions.Multiline)]
    private static partial Regex Problem();

    // Rounding errors, which differ from machine to machine.
    [GeneratedRegex(@"\d\.\de[+-]\d\d")]
    private static partial Regex Deviation();

    [GeneratedRegex(@"^.*-shard-(\d+)-of-(\d+)$")]
    private static partial Regex ShardFolder();

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("""[|&;]+|(?:'[^']*'|"[^"]*"|[^\s|&;'"])+""")]
    private static partial Regex Word();
}
