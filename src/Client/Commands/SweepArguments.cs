using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary>The arguments by which commands name a sweep and a run's folder.</summary>
internal sealed class SweepArguments
{
    public Argument<string?> Sweep { get; } = new("SWEEP")
    {
        Description = "The sweep file (YAML or JSON), or - for standard input; optional if --set gives all fields",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public Option<string[]> Set { get; } = new("--set")
    {
        Description = "Set a field, over the file's: FIELD=VALUE, FIELD=A,B,C, FIELD=FROM..TO:STEP, FIELD=FROM..TO/COUNT, FIELD=log:FROM..TO/COUNT, or FIELD=default to unset it; may be repeated",
        HelpName = "FIELD=VALUE",
        Arity = ArgumentArity.OneOrMore,
    };

    public Option<string?> Output { get; } = new("--output", "-o")
    {
        Description = "The run's folder [default: runs/NAME with what --set changed of the file, as runs/NAME,seed=7; of a shard with -shard-i-of-n at the end]",
        HelpName = "DIR",
    };

    public Option<string?> Store { get; } = new("--store")
    {
        Description = "Keep the results in this file, which several runs may share [default: DIR/results.db]",
        HelpName = "FILE",
    };

    public Option<string?> Parallelism { get; } = new("--parallelism")
    {
        Description = "Number of experiments run at a time [default: the number of cores]",
        HelpName = "N",
    };

    public Option<string?> Shard { get; } = new("--shard")
    {
        Description = "The i-th of n parts of the sweep alone; 'rnnsweep merge' unites them",
        HelpName = "i/n",
    };

    public SweepArguments()
    {
        Completions.Of(Sweep, Completions.SweepFiles);
        Completions.Of(Set, Completions.Settings);
        Completions.Of(Output, Completions.Folders);
        RefuseOptions(Sweep);
        RefuseEmpty(Sweep, "a file");
        RefuseEmpty(Output, "a folder");
        RefuseEmpty(Store, "a file");
    }

    /// <summary>Makes an option refuse an empty value, which usually comes from a script's variable that is not set.</summary>
    public static void RefuseEmpty(Option option, string what) => option.Validators.Add(result =>
    {
        if (result.Tokens.Any(token => token.Value.Length == 0))
        {
            result.AddError($"{option.Name} must name {what}, but was empty");
        }
    });

    /// <inheritdoc cref="RefuseEmpty(Option, string)"/>
    public static void RefuseEmpty(Argument argument, string what) => argument.Validators.Add(result =>
    {
        if (result.Tokens.Any(token => token.Value.Length == 0))
        {
            result.AddError($"{argument.Name} must name {what}, but was empty");
        }
    });

    /// <summary>Makes an argument refuse a value that begins with -, which is a misspelt option; a single - (standard input) is allowed.</summary>
    public static void RefuseOptions<T>(Argument<T> argument) => argument.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens.Where(token => token.Value.StartsWith('-') && token.Value != SweepFileText.StandardInput))
        {
            result.AddError($"there is no option '{token.Value}'");
        }
    });

    /// <summary>The sweep that a command line names, or its shard.</summary>
    /// <exception cref="UsageException">The sweep has problems; the message lists all.</exception>
    public ResolvedSweep Read(ParseResult parsed)
    {
        string? file = parsed.GetValue(Sweep);
        string[] sets = parsed.GetValue(Set) ?? [];
        Shard? shard = ReadShard(parsed);
        if (file is null && sets.Length == 0)
        {
            throw new UsageException("rnnsweep: a sweep file is missing; name one, or describe the sweep with --set");
        }

        ResolvedSweep sweep = SweepFileReader.Read(file, sets, out ImmutableArray<SweepProblem> problems)
            ?? throw new UsageException(problems.Select(problem => problem.ToString()));
        return shard is not null && sweep.Plan.Locating is { } locating
            ? throw new UsageException(
                $"rnnsweep: --shard cannot cut {sweep.Name}, because the cells of locate: {locating.Text} follow from results; run it whole, or give each machine other values of another axis with --set")
            : sweep.Part(shard);
    }

    /// <summary>The folder of the command line, else the sweep's default one.</summary>
    public RunFolder Folder(ParseResult parsed, ResolvedSweep sweep) =>
        parsed.GetValue(Output) is { } given ? new(given) : DefaultFolder.Of(sweep, parsed.GetValue(Sweep) is null ? [] : parsed.GetValue(Set) ?? [], parsed.GetValue(Store));

    /// <summary>The folders from which a run copies readings: those beside a default folder; none where the command line names a folder, a store or a shard.</summary>
    public IReadOnlyList<RunFolder> Siblings(ParseResult parsed, ResolvedSweep sweep, RunFolder folder) =>
        parsed.GetValue(Output) is null && parsed.GetValue(Store) is null && sweep.Plan.Shard is null ? DefaultFolder.Siblings(folder, sweep.Name) : [];

    public int? Threads(ParseResult parsed) => Threads(parsed, Parallelism);

    /// <summary>The number of threads; null where none was given.</summary>
    /// <exception cref="UsageException">The value is not a number of threads.</exception>
    public static int? Threads(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) switch
    {
        null => null,
        var text => int.TryParse(text, NumberStyles.None, null, out int threads) && threads is >= 1 and <= 4096
            ? threads
            : throw new UsageException($"rnnsweep: --parallelism must be a whole number from 1 to 4096, but was '{text}'"),
    };

    private Shard? ReadShard(ParseResult parsed) => parsed.GetValue(Shard) switch
    {
        null => null,
        var text => Core.Sweeps.Shard.TryParse(text, out Shard? shard)
            ? shard
            : throw new UsageException($"rnnsweep: --shard must be i/n with 1 ≤ i ≤ n, such as 2/8, but was '{text}'"),
    };
}
