using Serilog;

namespace RnnSweep.Client.Reports;

/// <summary>Makes the parts of a report one by one: a part that fails is noted, and the others are made all the same.</summary>
/// <param name="cancellation">Ends the report between two parts.</param>
internal sealed class ReportParts(CancellationToken cancellation)
{
    private readonly List<string> _troubles = [];

    /// <summary>The parts that failed, each with its reason, as sentences.</summary>
    public IReadOnlyList<string> Troubles => _troubles;

    /// <summary>Makes a part.</summary>
    /// <param name="failure">What is said where it fails, before the reason.</param>
    /// <param name="make">Makes it; leaves nothing behind where it throws.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Try(string failure, Action make)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            make();
        }
#pragma warning disable CA1031 // whatever it is: the other parts do not depend on it
        catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
        {
            _troubles.Add($"{failure}: {error.Message}");
            Log.Warning(error, "Report: {Failure}", failure);
        }
    }
}
