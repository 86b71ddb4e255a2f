using Serilog;

namespace RnnSweep.Client.Reports;

/// <summary>Makes the parts of a report one by one; a part that fails is recorded, and the others are made.</summary>
/// <param name="cancellation">Stops the report between two parts.</param>
internal sealed class ReportParts(CancellationToken cancellation)
{
    private readonly List<string> _troubles = [];

    /// <summary>The parts that failed, each with its reason, as sentences.</summary>
    public IReadOnlyList<string> Troubles => _troubles;

    /// <summary>Makes a part.</summary>
    /// <param name="failure">The message where it fails, without the reason.</param>
    /// <param name="make">Makes the part; must have no effect where it throws.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Try(string failure, Action make)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            make();
        }
#pragma warning disable CA1031 // any error: the other parts do not depend on it
        catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
        {
            _troubles.Add($"{failure}: {error.Message}");
            Log.Warning(error, "Report: {Failure}", failure);
        }
    }
}
