namespace RnnSweep.Client.SweepFiles;

/// <summary>A place in the input: a file with line and column from 1, a file as a whole, or an option (line 0, and its rank as column).</summary>
internal readonly record struct Place(string Source, long Line = 0, long Column = 0)
{
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}

/// <summary>A problem of a sweep. Its text is the line that the user sees.</summary>
internal sealed record SweepProblem(Place Place, string Message)
{
    public override string ToString() => $"{Place}: {Message}";
}
