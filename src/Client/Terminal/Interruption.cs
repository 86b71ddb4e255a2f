using System.Runtime.InteropServices;

namespace RnnSweep.Client.Terminal;

/// <summary>Handles SIGINT (Ctrl-C) and SIGTERM: the first signal stops the run gracefully, the second exits at once and keeps what was committed.</summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>The message after the first signal.</summary>
    public const string Stopping = "stopping; press again to exit immediately";

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption()
    {
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal))];
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether a live display shows the message, because it would overwrite the line that is printed otherwise.</summary>
    public bool IsShown { get; set; }

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
