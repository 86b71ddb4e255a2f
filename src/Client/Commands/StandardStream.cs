using System.Text;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary>
/// Wraps the standard output or the error stream, which may fail: closed, a full disk, a terminal that is gone. A failure of the error stream is ignored, so
/// that it does not end a run; a failure of the standard output throws. Secrets are removed from the error stream, and control characters from it and from a
/// standard output that is a terminal.
/// </summary>
/// <param name="stream">The stream.</param>
/// <param name="name">The stream's name in the error that a failure throws; null to ignore failures and to remove secrets.</param>
internal sealed class StandardStream(TextWriter stream, string? name) : TextWriter
{
    private readonly Func<string, string> _filter = name is null ? text => TerminalText.WithStyles(Secrets.Hide(text))
        : Console.IsOutputRedirected ? text => text
        : TerminalText.WithStyles;

    public override Encoding Encoding => stream.Encoding;

    /// <summary>Replaces the streams of the console.</summary>
    public static void Install()
    {
        Console.SetError(new StandardStream(Console.Error, null));
        Console.SetOut(new StandardStream(Console.Out, "the standard output"));
    }

    public override void Write(char value) => Guard(() => stream.Write(value));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value) => Guard(() => stream.Write(_filter(value ?? "")));

    // The line and its end are one write, so that lines of several threads do not mix.
    public override void WriteLine(string? value) => Guard(() => stream.WriteLine(_filter(value ?? "")));

    public override void Flush() => Guard(stream.Flush);

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            if (name is not null)
            {
                // .NET reports a closed stream as an UnauthorizedAccessException.
                throw new IOException(error is IOException ? $"{name} cannot be written: {error.Message}" : $"{name} is closed", error);
            }
        }
    }
}
