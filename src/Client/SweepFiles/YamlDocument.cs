using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace RnnSweep.Client.SweepFiles;

/// <summary>
/// Reads YAML event by event into nodes with places. Tags create no objects, aliases are not expanded and the depth is limited, so that the work is bounded by
/// the text's length. YamlDotNet's own tree (its representation model) was tried: it stops at the first field that is given twice, returns nothing of a file
/// that breaks off, names the wrong place for an alias, and ends the process with a stack overflow for 100 000 opening brackets.
/// </summary>
internal sealed class YamlDocument
{
    // The levels are the file, a list in it and a range in that; one more lets the message name what is nested too deeply.
    private const int DeepestLevel = 4;

    // This many are read within a second. Longer lists are generated, and can be written as a range.
    private const int MostNodes = 50_000;

    private const string TabMessage = "a tab is used for indentation, which YAML does not allow; use spaces";

    private readonly string _text;
    private readonly string _source;
    private readonly Place? _option;
    private readonly ProblemList _problems;
    private readonly Parser _parser;
    private int _nodes, _flowDepth;
    private bool _stopped;

    private YamlDocument(string text, string source, ProblemList problems, Place? option = null) =>
        (_text, _source, _problems, _parser, _option) = (text, source, problems, new Parser(new StringReader(text)), option);

    /// <summary>The fields of a file, as far as it can be read; null where there are none.</summary>
    public static MappingNode? Read(string text, string source, ProblemList problems) => new YamlDocument(text, source, problems).ReadFile();

    /// <summary>The value of an option; everything in it has the option's place.</summary>
    public static SweepNode? ReadValue(string text, Place option, ProblemList problems) =>
        new YamlDocument(text, option.Source, problems, option).ReadOption();

    private SweepNode? ReadOption()
    {
        SkipStart();
        SweepNode? value = _stopped ? null : ReadNode(1);
        while (Next())
        {
        }

        return value;
    }

    private void SkipStart()
    {
        while (Next() && _parser.Current is StreamStart or DocumentStart)
        {
        }
    }

    private MappingNode? ReadFile()
    {
        SkipStart();
        if (_stopped)
        {
            return null;
        }

        if (_parser.Current is StreamEnd or Scalar { Value: "", Style: ScalarStyle.Plain })
        {
            _problems.Add(new Place(_source), "the file is empty; a sweep file holds lines of the form field: value");
            return null;
        }

        // The parser accepts a tab in front of the first line's field, and then fails at the next line.
        if (_parser.Current is MappingStart { Style: MappingStyle.Block } first && TabFrom(first.Start.Line) is { } tab && tab.Line == first.Start.Line)
        {
            _problems.Add(tab, TabMessage);
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
        {
            _problems.Add(root.Place, $"a sweep file holds lines of the form field: value, but this is {root.Kind}");
        }

        return root as MappingNode;
    }

    /// <summary>Moves to the next event; false at the end, and after a problem.</summary>
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
            Stop(error.Start, $"not readable as YAML: {char.ToLowerInvariant(message[0])}{message[1..]}");
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or IndexOutOfRangeException
            or FormatException or OverflowException)
        {
            // YamlDotNet's scanner throws these at some texts that are not YAML.
            Stop(Mark.Empty, "not readable as YAML from here on; is a bracket or a quote left open?");
        }

        _flowDepth += _parser.Current switch
        {
            _ when _stopped => 0,
            SequenceStart { Style: SequenceStyle.Flow } or MappingStart { Style: MappingStyle.Flow } => 1,
            SequenceEnd or MappingEnd when _flowDepth > 0 => -1, // a flow collection contains only flow collections
            _ => 0,
        };
        return !_stopped;
    }

    private void Stop(Mark mark, string message)
    {
        _stopped = true;
        Mark reached = _parser.Current?.End ?? Mark.Empty;
        if (_flowDepth == 0 && TabFrom(_parser.Current?.Start.Line ?? 1) is { } tab)
        {
            _problems.Add(_option ?? tab, TabMessage);
        }
        else
        {
            _problems.Add(_option ?? WithinText(mark.Line > 0 && mark.Index + mark.Column > 1 ? mark : reached), message);
        }
    }

    // The first tab in front of a line's text, from a line on.
    private Place? TabFrom(long first)
    {
        long number = 0;
        foreach (ReadOnlySpan<char> line in _text.AsSpan().EnumerateLines())
        {
            int text = line.IndexOfAnyExcept(' ', '\t'), tab = line.IndexOf('\t');
            if (++number >= first && tab >= 0 && (text < 0 || tab < text))
            {
                return new Place(_source, number, tab + 1);
            }
        }

        return null;
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

        Place place = CurrentPlace;
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
            {
                items.Add(item);
            }
        }

        return _stopped ? null : new ListNode(place, items);
    }

    private MappingNode? ReadMapping(Place place, int level)
    {
        var entries = new List<MappingEntry>();
        while (Next() && _parser.Current is not MappingEnd)
        {
            Place keyPlace = CurrentPlace;
            SweepNode? key = ReadNode(level + 1);
            if (!Next())
            {
                break;
            }

            SweepNode? value = ReadNode(level + 1);
            if (key is ScalarNode { Text: "<<", IsQuoted: false })
            {
                _problems.Add(keyPlace, "merge keys are not used in sweep files");
            }
            else if (key is ScalarNode name)
            {
                entries.Add(new MappingEntry(name.Text, keyPlace, value));
            }
            else if (key is not null)
            {
                _problems.Add(keyPlace, $"a name is wanted before the colon, but this is {key.Kind}");
            }
        }

        // Of a file that breaks off, the entries before are still checked; a range that breaks off is dropped.
        return _stopped && level > 0 ? null : new MappingNode(place, entries);
    }

    private void RefuseProperties()
    {
        if (_parser.Current is not NodeEvent node)
        {
            return;
        }

        if (!node.Anchor.IsEmpty)
        {
            Refuse("anchors are not used in sweep files");
        }

        if (!node.Tag.IsEmpty)
        {
            Refuse("tags are not used in sweep files");
        }
    }

    private Place CurrentPlace => _option ?? new Place(_source, _parser.Current!.Start.Line, _parser.Current.Start.Column);

    private void Refuse(string message) => _problems.Add(CurrentPlace, message);

    private Place WithinText(Mark mark)
    {
        // At the end of a file without a last line break, the parser reports a line more than there are.
        int lines = _text.AsSpan().Count('\n') + 1;
        return mark.Line > lines
            ? new Place(_source, lines, _text.Length - (_text.LastIndexOf('\n') + 1) + 1)
            : new Place(_source, Math.Max(mark.Line, 1), Math.Max(mark.Column, 1));
    }
}
