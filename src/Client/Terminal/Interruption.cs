using System.Runtime.InteropServices;

namespace RnnSweep.Client.Terminal;

/// <summary>
/// Ctrl-C, and a request to terminate: the first stops the run in good order, the second leaves at once, with whatever was committed.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>What is said of the first.</summary>
    public const string Stopping = "stopping; once more to leave at once";

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption()
    {
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether a live display says of a first Ctrl-C what this would: it would be painted over.</summary>
    public bool IsShown { get; set; }

    public bool IsRequested => _source.IsCancellationRequested;

    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _source.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_source.IsCancellationRequested)
        {
            Environment.Exit(ExitCode.Interrupted);
        }

        if (!IsShown)
        {
            Console.Error.WriteLine($"\n{Stopping}");
        }

        _source.Cancel();
    }
}
