namespace RnnSweep.Client.Commands;

/// <summary>Commands to be typed: the one that started this process, or another.</summary>
internal static class CommandText
{
    /// <summary>The command that started this process, with the name by which the program was called, and quotes where a shell needs them.</summary>
    public static string Again() => Of([.. Environment.GetCommandLineArgs().Skip(1)]);

    /// <summary>A command of the program, as <see cref="Again"/> writes it.</summary>
    public static string Of(params ReadOnlySpan<string> arguments)
    {
        string program = Environment.GetEnvironmentVariable("RNNSWEEP_PROGRAM") ?? "rnnsweep";
        return string.Join(' ', arguments.ToArray().Select(Quoted).Prepend(program));
    }

    internal static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%".Contains(c, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
