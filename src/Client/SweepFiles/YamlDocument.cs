using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace RnnSweep.Client.SweepFiles;

/// <summary>
/// Reads YAML event by event into nodes with places. Nothing of the text decides which objects are made, nothing is expanded, and
/// the depth is limited, so that the work is bounded by the text's length.
/// </summary>
internal sealed class YamlDocument
{
    // The file, a list in it, a range in that: one more level lets the message name what is wrong.
    private const int DeepestLevel = 4;

    // What is read within a second; nobody lists more by hand, and what is generated can be a range.
    private const int MostNodes = 50_000;

    private readonly string _text;
    private readonly string _source;
    private readonly ProblemList _problems;
    private readonly Parser _parser;
    private int _nodes;
    private bool _stopped;

    private YamlDocument(string text, string source, ProblemList problems) =>
        (_text, _source, _problems, _parser) = (text, source, problems, new Parser(new StringReader(text)));

    /// <summary>The fields of a file, as far as it can be read; null where there are none.</summary>
    public static MappingNode? Read(string text, string source, ProblemList problems) => new YamlDocument(text, source, problems).ReadFile();

    private MappingNode? ReadFile()
    {
        while (Next() && _parser.Current is StreamStart or DocumentStart)
        {
        }

        if (_stopped)
            return null;
        if (_parser.Current is StreamEnd or Scalar { Value: "", Style: ScalarStyle.Plain })
        {
            _problems.Add(new Place(_source), "the file is empty; a sweep file holds lines of the form field: value");
            return null;
        }

        SweepNode? root = ReadNode(0);
        while (Next() && _parser.Current is not StreamEnd)
        {
            if (_parser.Current is DocumentStart)
            {
                Refuse("a second document begins here; a sweep file holds one");
                _stopped = true;
            }
        }

        if (root is not null and not MappingNode)
            _problems.Add(root.Place, $"a sweep file holds lines of the form field: value, but this is {root.Kind}");
        return root as MappingNode;
    }

    /// <summary>Goes to the next event; false where there is none, for whichever reason.</summary>
    private bool Next()
    {
        if (_stopped || _problems.IsFull)
        {
            _stopped = true;
            return false;
        }

        try
        {
            _stopped = !_parser.MoveNext();
        }
        catch (YamlException error)
        {
            string message = error.Message.TrimEnd('.');
            _problems.Add(EndOr(error.Start), $"not readable as YAML: {char.ToLowerInvariant(message[0])}{message[1..]}");
            _stopped = true;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or IndexOutOfRangeException
            or FormatException or OverflowException)
        {
            // The scanner does not always notice by itself that it is lost.
            _problems.Add(EndOr(_parser.Current?.End ?? Mark.Empty), "not readable as YAML from here on; is a bracket or a quote left open?");
            _stopped = true;
        }

        return !_stopped;
    }

    /// <summary>Reads the node that begins at the current event, and leaves the parser at its last one.</summary>
    private SweepNode? ReadNode(int level)
    {
        RefuseProperties();
        if (++_nodes > MostNodes)
        {
            Refuse($"more than {MostNodes} values are written out; many values are better given as a range");
            _stopped = true;
            return null;
        }

        Place place = Here;
        switch (_parser.Current)
        {
            case Scalar scalar:
                return new ScalarNode(place, scalar.Value, scalar.Style != ScalarStyle.Plain);
            case SequenceStart when level < DeepestLevel:
                return ReadList(place, level);
            case MappingStart when level < DeepestLevel:
                return ReadMapping(place, level);
            case AnchorAlias:
                Refuse("aliases are not used in sweep files");
                return null;
            default:
                Refuse("nested too deeply; fields hold values, lists of values, and ranges");
                _stopped = true;
                return null;
        }
    }

    private ListNode? ReadList(Place place, int level)
    {
        var items = new List<SweepNode>();
        while (Next() && _parser.Current is not SequenceEnd)
        {
            if (ReadNode(level + 1) is { } item)
                items.Add(item);
        }

        return _stopped ? null : new ListNode(place, items);
    }

    private MappingNode? ReadMapping(Place place, int level)
    {
        var entries = new List<MappingEntry>();
        while (Next() && _parser.Current is not MappingEnd)
        {
            Place keyPlace = Here;
            SweepNode? key = ReadNode(level + 1);
            if (!Next())
                break;
            SweepNode? value = ReadNode(level + 1);
            if (key is ScalarNode name)
                entries.Add(new MappingEntry(name.Text, keyPlace, value));
            else if (key is not null)
                _problems.Add(keyPlace, $"a name is wanted before the colon, but this is {key.Kind}");
        }

        // Of a file that breaks off, what came before is worth judging; of a range it is not.
        return _stopped && level > 0 ? null : new MappingNode(place, entries);
    }

    private void RefuseProperties()
    {
        if (_parser.Current is not NodeEvent node)
            return;
        if (!node.Anchor.IsEmpty)
            Refuse("anchors are not used in sweep files");
        if (!node.Tag.IsEmpty)
            Refuse("tags are not used in sweep files");
    }

    private Place Here => new(_source, _parser.Current!.Start.Line, _parser.Current.Start.Column);

    private void Refuse(string message) => _problems.Add(Here, message);

    private Place EndOr(Mark mark)
    {
        // At the end of a file without a last line break, the parser is a line further than there are lines.
        int lines = _text.AsSpan().Count('\n') + 1;
        return mark.Line > lines
            ? new Place(_source, lines, _text.Length - (_text.LastIndexOf('\n') + 1) + 1)
            : new Place(_source, Math.Max(mark.Line, 1), Math.Max(mark.Column, 1));
    }
}
