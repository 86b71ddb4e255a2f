using System.Collections.Immutable;
using System.Text;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Reads a sweep from its file and from <c>--set</c>.</summary>
internal sealed class SweepFileReader
{
    /// <summary>What messages call the text of <see cref="ReadText"/>.</summary>
    public const string SubmittedText = "sweep";

    private readonly ProblemList _problems = new();
    private readonly List<Entry> _entries = [];
    private readonly IMatrixFiles _matrices;

    private SweepFileReader(IMatrixFiles matrices) => _matrices = matrices;

    /// <summary>
    /// Reads a sweep. Either there is a sweep, or there are problems: all that could be found, in the order of their places.
    /// </summary>
    /// <param name="path">The sweep file, - for standard input; null where all is set by options.</param>
    /// <param name="sets">The options' values, <c>field=VALUE</c>; each replaces the file's value, or adds a field.</param>
    /// <param name="problems">The problems, empty where there is a sweep.</param>
    /// <param name="recorded">Matrix files that need not be read; <see cref="ResolvedSweep.Matrices"/> does not have them.</param>
    /// <param name="allowUnused">Whether a field may be given that no cell uses (<see cref="UnusedFields"/>), as in the sweep of a run of an earlier version.</param>
    public static ResolvedSweep? Read(
        string? path, IReadOnlyList<string> sets, out ImmutableArray<SweepProblem> problems, IEnumerable<RecordedMatrix>? recorded = null, bool allowUnused = false)
    {
        var reader = new SweepFileReader(new MatrixFiles(recorded));
        if (path is not null && SweepFileText.Read(path, reader._problems) is { } text)
        {
            string folder = path == SweepFileText.StandardInput ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(path))!;
            reader.ReadFields(text, SweepFileText.SourceOf(path), folder);
        }

        reader.ReadOptions(sets);
        ResolvedSweep? sweep = reader.Resolve(path, allowUnused);
        problems = reader._problems.InOrder();
        return sweep;
    }

    /// <summary>Reads a sweep whose text a command has written.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="sets">As of <see cref="Read"/>. Relative paths are relative to the current folder, in the text, too.</param>
    /// <param name="matrices">The matrix files.</param>
    /// <param name="problems">The problems, empty where there is a sweep.</param>
    public static ResolvedSweep? ReadWritten(string text, string source, IReadOnlyList<string> sets, MatrixFiles matrices, out ImmutableArray<SweepProblem> problems)
    {
        var reader = new SweepFileReader(matrices);
        reader.ReadFields(text, source, Environment.CurrentDirectory);
        reader.ReadOptions(sets);
        ResolvedSweep? sweep = reader.Resolve(path: null, allowUnused: false);
        problems = reader._problems.InOrder();
        return sweep;
    }

    /// <summary>Reads a sweep from the text of a sweep file. A field may be given that no cell uses.</summary>
    /// <param name="text">The text.</param>
    /// <param name="matrices">The matrices that the text may name.</param>
    /// <param name="problems">The problems, empty where there is a sweep.</param>
    public static ResolvedSweep? ReadText(string text, IMatrixFiles matrices, out ImmutableArray<SweepProblem> problems)
    {
        var reader = new SweepFileReader(matrices);
        if (SweepFileText.Decode(SubmittedText, Encoding.UTF8.GetBytes(text), reader._problems) is not null)
        {
            reader.ReadFields(text, SubmittedText, folder: "");
        }

        ResolvedSweep? sweep = reader.Resolve(path: null, allowUnused: true);
        problems = reader._problems.InOrder();
        return sweep;
    }

    private void ReadFields(string text, string source, string folder)
    {
        if (YamlDocument.Read(text, source, _problems) is not { } document)
        {
            return;
        }

        foreach (MappingEntry entry in document.Entries)
        {
            if (_problems.IsFull)
            {
                return;
            }

            if (SweepFields.Find(entry.Name) is not { } field)
            {
                _problems.Add(entry.Place, UnknownField.Message(entry.Name));
            }
            else if (_entries.Find(earlier => earlier.Field == field) is { } earlier)
            {
                _problems.Add(entry.Place, $"{field.Name} is given twice, first at {earlier.Place}");
            }
            else
            {
                _entries.Add(new Entry(field, entry.Place, entry.Value, folder));
            }
        }
    }

    private void ReadOptions(IReadOnlyList<string> sets)
    {
        var set = new HashSet<SweepField>();
        foreach ((int rank, string option) in sets.Index())
        {
            if (SetOption.Read(option, rank, _problems) is not var (field, node))
            {
                continue;
            }

            if (!set.Add(field))
            {
                _problems.Add(node.Place, $"{field.Name} is set twice");
                continue;
            }

            var entry = new Entry(field, node.Place, node, Environment.CurrentDirectory);
            int place = _entries.FindIndex(earlier => earlier.Field == field);
            if (node is UnsetNode)
            {
                _entries.RemoveAll(earlier => earlier.Field == field);
            }
            else if (place < 0)
            {
                _entries.Add(entry);
            }
            else
            {
                _entries[place] = entry;
            }
        }
    }

    private ResolvedSweep? Resolve(string? path, bool allowUnused)
    {
        var settings = new List<FieldSetting>();
        var unread = new HashSet<SweepField>();
        var reader = new SettingReader(_matrices, _problems);
        foreach (Entry entry in _entries)
        {
            if (entry.Node is not null && reader.Read(entry.Field, entry.Node, entry.Folder) is { } setting)
            {
                settings.Add(setting);
            }
            else
            {
                unread.Add(entry.Field);
            }
        }

        var rules = new SweepRules(settings, unread);
        foreach (BrokenRule broken in rules.Broken.Concat(allowUnused ? [] : UnusedFields.Of(rules)))
        {
            _problems.Add(_entries.Find(entry => entry.Field == broken.Field)!.Node!.Place, broken.Message);
        }

        if (!_problems.IsEmpty)
        {
            return null;
        }

        Dictionary<string, Matrix> matrices = ResolvedSweep.MatrixValues(settings).Where(value => value.Matrix.HasValues)
            .DistinctBy(value => value.Digest).ToDictionary(value => value.Digest, value => value.Matrix);
        string name = settings.Find(setting => setting.Field == SweepFields.Name)?.Values.Text(0) ?? NameOf(path);
        return new ResolvedSweep(rules.Plan(name), [.. settings], matrices, _entries.ToDictionary(entry => entry.Field.Name, entry => entry.Place));
    }

    /// <summary>The file's name without its extension, with hyphens for what a sweep's name cannot hold.</summary>
    internal static string NameOf(string? path)
    {
        string stem = Path.GetFileNameWithoutExtension(path) ?? "";
        char[] letters = [.. stem.Take(100).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-')];
        string name = new string(letters).TrimStart('-', '.');
        return name.Length == 0 ? "sweep" : name;
    }

    private sealed record Entry(SweepField Field, Place Place, SweepNode? Node, string Folder);
}
