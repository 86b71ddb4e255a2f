using System.Text;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary>
/// The standard output or the error stream, whose end may be gone: closed, a full disk, a terminal that was shut. Messages that nobody can
/// read end no run; results that cannot be written are said to be so. Messages tell no secrets.
/// </summary>
/// <param name="stream">Writes to it.</param>
/// <param name="name">What to call it where it fails; null to go on without it: for messages.</param>
internal sealed class StandardStream(TextWriter stream, string? name) : TextWriter
{
    private readonly Func<string, string> _shown = name is null ? Secrets.Hide : text => text;

    public override Encoding Encoding => stream.Encoding;

    /// <summary>Takes the place of the streams of the console.</summary>
    public static void Install()
    {
        Console.SetError(new StandardStream(Console.Error, null));
        Console.SetOut(new StandardStream(Console.Out, "the standard output"));
    }

    public override void Write(char value) => Guard(() => stream.Write(value));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(string? value) => Guard(() => stream.Write(_shown(value ?? "")));

    // One write for the line and its end, so that lines of several threads stay whole.
    public override void WriteLine(string? value) => Guard(() => stream.WriteLine(_shown(value ?? "")));

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
                // .NET calls a closed stream a path without access.
                throw new IOException(error is IOException ? $"{name} cannot be written: {error.Message}" : $"{name} is closed", error);
            }
        }
    }
}
