namespace RnnSweep.Client.Commands;

/// <summary>Texts of commands that the user can type.</summary>
internal static class CommandText
{
    /// <summary>The command line of this process, with the name under which the program was called and quoted for a shell.</summary>
    public static string Current() => With([.. Environment.GetCommandLineArgs().Skip(1)]);

    /// <summary>The command line of this process with another folder.</summary>
    public static string CurrentWithOutput(string folder) => With(WithOutput([.. Environment.GetCommandLineArgs().Skip(1)], folder));

    internal static string[] WithOutput(string[] arguments, string folder)
    {
        var kept = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] is "-o" or "--output")
            {
                i++; // its value
            }
            else if (!arguments[i].StartsWith("--output=", StringComparison.Ordinal) && !arguments[i].StartsWith("-o", StringComparison.Ordinal))
            {
                kept.Add(arguments[i]);
            }
        }

        return [.. kept, "-o", folder];
    }

    // A sweep that was read from standard input must be passed again.
    internal static string With(string[] arguments) =>
        Of(arguments) + (arguments.Contains(SweepFiles.SweepFileText.StandardInput) ? " < SWEEP" : "");

    /// <summary>A command of the program, quoted as in <see cref="Current"/>.</summary>
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
