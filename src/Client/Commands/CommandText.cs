namespace RnnSweep.Client.Commands;

/// <summary>Commands to be typed: the one that started this process, or another.</summary>
internal static class CommandText
{
    /// <summary>The command that started this process, with the name by which the program was called, and quotes where a shell needs them.</summary>
    public static string Again() => AgainWith([.. Environment.GetCommandLineArgs().Skip(1)]);

    // What was read from standard input must be given again.
    internal static string AgainWith(string[] arguments) =>
        Of(arguments) + (arguments.Contains(SweepFiles.SweepFileText.StandardInput) ? " < SWEEP" : "");

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
