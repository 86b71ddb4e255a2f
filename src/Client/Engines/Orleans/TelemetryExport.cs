using RnnSweep.Client.Terminal;
using RnnSweep.Silo;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>Starts <see cref="OtlpExport"/>.</summary>
internal static class TelemetryExport
{
    /// <summary>The variable without which nothing is exported.</summary>
    public const string Variable = OtlpExport.Endpoint;

    /// <inheritdoc cref="OtlpExport.Start" path="/summary"/>
    /// <exception cref="UsageException">A variable has a value that is not allowed.</exception>
    public static IOtlpExport? Start(string service)
    {
        try
        {
            return OtlpExport.Start(service);
        }
        catch (FormatException error)
        {
            throw new UsageException($"rnnsweep: {error.Message}");
        }
    }
}
