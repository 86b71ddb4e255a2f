using System.Text.RegularExpressions;
using RnnSweep.Client.Terminal;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.Commands;

/// <summary>
/// The commands in README.md and in the pages of docs/ work: each is run, <c>run</c> as <c>plan</c> of the same sweep, and commands that read a run's
/// folder with the folder of a small sweep. Their links lead to existing files and headings.
/// </summary>
public sealed partial class ReadmeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Pages =>
        ["README.md", .. Directory.EnumerateFiles(SourceTree.PathOf("docs"), "*.md").Select(file => $"docs/{Path.GetFileName(file)}").Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Pages))]
    public void Its_commands_work_and_print_the_output_that_it_shows(string page)
    {
        Directory.CreateSymbolicLink(_folder["examples"], SourceTree.PathOf("examples"));
        string text = Text(page), sweep = Blocks(text, "yaml").FirstOrDefault(block => block.Contains("hidden_size:", StringComparison.Ordinal)) ?? "hidden_size: 4\n";
        Command[] commands = [.. Blocks(text, "sh", "console", "bash").SelectMany(Commands)];
        Assert.True(commands.Length > 0 || page != "README.md");
        foreach ((string[] given, string shown) in commands)
        {
            string[] arguments = [.. given.SelectMany(Shards)];
            if (arguments is ["silo" or "submit" or "attach" or "status" or "cancel" or "pause" or "resume" or "forget" or "prune", ..])
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

            else if (arguments is ["compare", var first, var second, ..])
            {
                Array.ForEach([first, second], run => RunningProgram.Run(_folder.Path, ["run", .. SmallSweep.Blink, "-o", run]).Expect(0));
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
            if (arguments[0] == "diagnose")
            {
                // The page leaves out the list of files, and has the line of the error stream.
                string[] lines = [.. shown.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Deviation().Replace(line, "#"))];
                Assert.All(lines, line => Assert.True(line.Contains(" cells done ", StringComparison.Ordinal) || Deviation().Replace(result.Output, "#").Contains(line, StringComparison.Ordinal), line));
            }
            else if (shown.Length > 0 && (isRefused || given[0] == arguments[0]))
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
    [InlineData("./rnnsweep silo --parallelism 1 2>silo.log &\n", "silo --parallelism 1")]
    public void Its_blocks_are_read_as_a_shell_reads_them(string block, string command) =>
        Assert.Equal([command], Commands(block).Select(found => string.Join(' ', found.Arguments)));

    [Theory, MemberData(nameof(Pages)), InlineData("deploy/README.md"), InlineData("CONTRIBUTING.md"), InlineData("tests/Benchmarks/README.md")]
    public void Its_links_lead_to_files_and_headings_that_exist(string page)
    {
        string folder = Path.GetDirectoryName(SourceTree.PathOf(page))!;
        foreach (Match link in Link().Matches(Code().Replace(Text(page), "")))
        {
            string[] target = link.Groups[1].Value.Split('#', 2);
            string path = target[0].Length == 0 ? SourceTree.PathOf(page) : Path.GetFullPath(Path.Combine(folder, target[0]));
            Assert.True(Path.Exists(path), $"{page} links to {link.Groups[1].Value}, which does not exist");
            if (target.Length == 2)
            {
                Assert.True(
                    Heading().Matches(File.ReadAllText(path)).Any(heading => Anchor(heading.Groups[1].Value.Trim()) == target[1]),
                    $"{page} links to {link.Groups[1].Value}, but there is no such heading");
            }
        }
    }

    [Fact]
    public void The_readme_has_at_most_150_lines() => Assert.InRange(Text("README.md").Split('\n').Length - 1, 1, 150);

    public void Dispose() => _folder.Dispose();

    private static string Text(string page) => File.ReadAllText(SourceTree.PathOf(page));

    // GitHub's anchors: lower case, without punctuation, a hyphen for every space.
    private static string Anchor(string heading) =>
        string.Concat(heading.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')).Replace(' ', '-');

    // The shell replaces * in the names of shard folders.
    private static IEnumerable<string> Shards(string argument) => AllShards().Match(argument) is { Success: true } all
        ? Enumerable.Range(1, int.Parse(all.Groups[2].Value)).Select(i => $"{all.Groups[1].Value}-shard-{i}-of-{all.Groups[2].Value}")
        : [argument];

    // Commands that need a cluster are parsed completely and then fail for the missing cluster, certificate or file.
    private void AssertKnown(string[] arguments)
    {
        var nowhere = new Dictionary<string, string> { ["RNNSWEEP_CLUSTER"] = "nowhere" };
        string line = Assert.Single(RunningProgram.Run(_folder.Path, nowhere, arguments).Expect(ExitCode.Usage).ErrorLines);
        Assert.Contains(new[] { "connection string", "no such file" }, reason => line.Contains(reason, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Blocks(string text, params string[] languages) =>
        Block().Matches(text).Where(block => languages.Contains(block.Groups[1].Value)).Select(block => block.Groups[2].Value);

    /// <summary>The program's commands in a block, each with the output that the block shows.</summary>
    private static IEnumerable<Command> Commands(string block)
    {
        // If the block has prompts, the lines without a prompt are output.
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
                yield return Unredirected(words);
                words = [];
            }
            else
            {
                words.Add(word.Value.Replace("'", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal));
            }
        }

        yield return Unredirected(words);
    }

    private static List<string> Unredirected(List<string> words)
    {
        int redirection = words.FindIndex(word => word.Contains('>', StringComparison.Ordinal));
        return redirection < 0 ? words : words[..redirection];
    }

    /// <summary>Removes the options that only <c>run</c> has.</summary>
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

    // An invalid sweep: exit code 2.
    [GeneratedRegex(@"^(--set \S+|\S+\.ya?ml:\d+:\d+): ", RegexOptions.Multiline)]
    private static partial Regex Problem();

    // Rounding errors and the program's memory differ from machine to machine.
    [GeneratedRegex(@"\d\.\de[+-]\d\d|[\d.]+ [kMG]B at most")]
    private static partial Regex Deviation();

    [GeneratedRegex(@"^.*-shard-(\d+)-of-(\d+)$")]
    private static partial Regex ShardFolder();

    [GeneratedRegex(@"^(.*)-shard-\*-of-(\d+)$")]
    private static partial Regex AllShards();

    [GeneratedRegex(@"\]\((?!\w+:)([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"^```(\w+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("""[|&;]+|(?:'[^']*'|"[^"]*"|[^\s|&;'"])+""")]
    private static partial Regex Word();
}
