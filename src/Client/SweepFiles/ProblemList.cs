using System.Collections.Immutable;

namespace RnnSweep.Client.SweepFiles;

/// <summary>The problems found so far, up to a limit.</summary>
internal sealed class ProblemList
{
    private const int Most = 100;
    private readonly List<SweepProblem> _problems = [];
    private long _further;

    public bool IsEmpty => _problems.Count == 0;

    /// <summary>Whether the limit is reached, so that reading can stop.</summary>
    public bool IsFull => _problems.Count >= Most;

    public void Add(Place place, string message)
    {
        if (IsFull)
        {
            _further++;
        }
        else
        {
            _problems.Add(new SweepProblem(place, message));
        }
    }

    /// <summary>The problems in the order of their places: the file from top to bottom, then the options as given.</summary>
    public ImmutableArray<SweepProblem> InOrder()
    {
        IEnumerable<SweepProblem> ordered = _problems
            .OrderBy(problem => problem.Place.Line == 0 ? long.MaxValue : problem.Place.Line)
            .ThenBy(problem => problem.Place.Column);
        if (_further == 0)
        {
            return [.. ordered];
        }

        string more = $"{_further} further problems";
        return [.. ordered, new SweepProblem(_problems[0].Place with { Line = 0 }, more)];
    }
}
