namespace RnnSweep.Core.Sweeps;

/// <summary>The parts of a range as written; null where a part is not given.</summary>
public sealed record RangeText(string? From, string? To, string? Step = null, string? Count = null, string? Scale = null)
{
    /// <summary>The names of the parts.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["from", "to", "step", "count", "scale"];
}

/// <summary>What is wrong with a range.</summary>
/// <param name="Part">The part with the problem, from <see cref="RangeText.Parts"/>; null for the range as a whole.</param>
/// <param name="Message">What is wrong and what is allowed.</param>
public sealed record RangeProblem(string? Part, string Message);
