namespace RnnSweep.Client.Results;

/// <summary>The findings of one check: the first twenty, and the number of the others.</summary>
internal sealed class Findings
{
    private const int Shown = 20;
    private readonly List<string> _first = [];
    private long _count;

    public void Add(string finding)
    {
        if (_count++ < Shown)
        {
            _first.Add(finding);
        }
    }

    public IEnumerable<string> Lines() =>
        _count <= Shown ? _first : [.. _first, $"… and {_count - Shown} more like these"];
}
