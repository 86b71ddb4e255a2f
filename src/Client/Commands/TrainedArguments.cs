using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary>The arguments of commands that measure a trained network on its input, without a sweep file.</summary>
internal sealed class TrainedArguments
{
    private readonly MatrixFiles _files = new();

    public Argument<string[]> Models { get; } = new("MODEL")
    {
        Description = "The trained network (.safetensors, with #name where it holds several); several files are checkpoints of a training",
        Arity = ArgumentArity.OneOrMore,
    };

    public Option<string> Input { get; } = new("--input")
    {
        Description = "Its input, .npy or .safetensors#name: (T, M), a row for each step, or (S, T, M), S sequences",
        HelpName = "FILE",
        Required = true,
    };

    public Option<string[]> Set { get; } = new SweepArguments().Set;

    public TrainedArguments()
    {
        Completions.Of(Models, Completions.SweepFiles);
        Completions.Of(Set, Completions.Settings);
        SweepArguments.RefuseOptions(Models);
        SweepArguments.RefuseEmpty(Models, "a file");
        SweepArguments.RefuseEmpty(Input, "a file");
    }

    /// <summary>Number of steps of the input, of each sequence.</summary>
    /// <exception cref="UsageException">The input cannot be read.</exception>
    public int Steps(ParseResult parsed)
    {
        string path = parsed.GetValue(Input)!;
        if (!_files.TryRead(path, Environment.CurrentDirectory, MatrixUse.Sequences, out MatrixFile? input, out string? problem))
        {
            throw new UsageException($"--input {problem}");
        }

        return input.Matrix.Rows / Math.Max(1, input.Contents.Sequences);
    }

    /// <summary>The sizes of the networks.</summary>
    /// <exception cref="UsageException">A network cannot be read.</exception>
    public ImmutableArray<TrainedShape> Shapes(ParseResult parsed)
    {
        var shapes = ImmutableArray.CreateBuilder<TrainedShape>();
        foreach (string model in parsed.GetValue(Models)!)
        {
            if (!_files.TryExpand(model, Environment.CurrentDirectory, out IReadOnlyList<string>? paths, out string? problem))
            {
                throw new UsageException(problem);
            }

            foreach (string path in paths)
            {
                shapes.Add(_files.TryRead(path, Environment.CurrentDirectory, MatrixUse.Network, out MatrixFile? file, out problem)
                    ? file.Contents.Network!
                    : throw new UsageException(problem));
            }
        }

        return shapes.ToImmutable();
    }

    /// <summary>Reads the sweep of the networks on their input.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="fields">The other fields; those of <c>--set</c> replace them.</param>
    /// <exception cref="UsageException">The sweep has problems; the message lists all.</exception>
    public ResolvedSweep Read(ParseResult parsed, params IEnumerable<(SweepField Field, string Value)> fields)
    {
        string[] models = [.. parsed.GetValue(Models)!.Select(SweepFileWriter.Quoted)];
        string[] lines =
        [
            $"network: {(models.Length == 1 ? models[0] : $"[{string.Join(", ", models)}]")}", $"input: {SweepFileWriter.Quoted(parsed.GetValue(Input)!)}",
            .. fields.Select(field => $"{field.Field}: {field.Value}"),
        ];
        return SweepFileReader.ReadWritten(string.Join('\n', lines), parsed.CommandResult.Command.Name, parsed.GetValue(Set) ?? [], _files, out ImmutableArray<SweepProblem> problems)
            ?? throw new UsageException(problems.Select(problem => problem.ToString()));
    }

    /// <summary>A name for the sweep of the networks: of one that of its file, of several that of their folder.</summary>
    public string Name(ParseResult parsed)
    {
        string first = MatrixPath.Split(parsed.GetValue(Models)![0]).File;
        bool isOne = parsed.GetValue(Models)!.Length == 1 && !first.Contains('*', StringComparison.Ordinal);
        string stem = isOne ? first : Path.GetDirectoryName(Path.GetFullPath(first)) is { Length: > 1 } folder && !folder.Contains('*', StringComparison.Ordinal) ? folder : "checkpoints";
        return SweepFileReader.NameOf(isOne ? stem : Path.GetFileName(stem) + ".");
    }

    /// <summary>The number of steps before the measured ones that <c>--set transient=…</c> asks for; 0 where it cannot be read.</summary>
    public int Transient(ParseResult parsed) => (parsed.GetValue(Set) ?? []).Select(set => set.Split('=', 2, StringSplitOptions.TrimEntries))
        .Where(set => set is ["transient" or "frame_transient", _])
        .Sum(set => int.TryParse(set[1], NumberStyles.None, CultureInfo.InvariantCulture, out int steps) ? steps : 0);
}
