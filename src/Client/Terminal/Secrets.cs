using System.Data.Common;
using System.Text;
using System.Text.RegularExpressions;
using Serilog.Events;
using Serilog.Formatting;

namespace RnnSweep.Client.Terminal;

/// <summary>
/// What this process was told in confidence: connection strings with their passwords and users. Whatever goes to the error stream or into a log has them taken
/// out on its way, whoever wrote it: a library's exception, or the command as it was typed.
/// </summary>
internal static partial class Secrets
{
    private const string Instead = "***";
    private static readonly string[] s_passwords = ["password", "pwd", "psw", "sslpassword"], s_users = ["username", "userid", "uid", "user"];

    private static volatile Regex? s_pattern;

    /// <summary>Takes note of what is secret in a command line, wherever in it it may have got.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="others">Connection strings and passwords from elsewhere; null and empty ones are none.</param>
    public static void Keep(IEnumerable<string> arguments, params IEnumerable<string?> others)
    {
        string[] connections = [.. arguments.Where(MayConfide).Select(argument => Prefix().Replace(argument, "")).Where(argument => Confidential().IsMatch(argument)), .. others.OfType<string>()];
        string[] patterns = [.. connections.Where(text => text.Length > 0).SelectMany(Patterns).Distinct().OrderByDescending(pattern => pattern.Length)];
        s_pattern = patterns.Length == 0 ? null : new Regex(string.Join('|', patterns), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }

    /// <summary>A text without secrets.</summary>
    public static string Hide(string text) => s_pattern?.Replace(text, Instead) ?? text;

    // What Confidential asks for holds one of these; most command lines do not, and so never start the machinery of regular expressions.
    private static bool MayConfide(string argument) => argument.Contains('=', StringComparison.Ordinal) || argument.Contains('@', StringComparison.Ordinal);

    private static IEnumerable<string> Patterns(string connection)
    {
        (string[] passwords, string[] users) = Parts(connection);
        return passwords.Append(connection).Select(Whole).Concat(users.Select(Quoted));
    }

    private static (string[] Passwords, string[] Users) Parts(string connection)
    {
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connection };
            return (Values(parts, s_passwords), Values(parts, s_users));
        }
        catch (ArgumentException)
        {
            // Up to the next semicolon, or to the end: who knows where this one ends.
            return ([.. Password().Matches(connection).SelectMany(match => new[] { match.Groups[1].Value, connection[match.Groups[1].Index..] })
                .Concat(Url().Matches(connection).Select(match => match.Groups[1].Value)).Where(value => value.Length > 0)], []);
        }
    }

    private static string[] Values(DbConnectionStringBuilder parts, string[] keys) =>
        [.. parts.Keys.Cast<string>().Where(key => keys.Contains(key.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant()))
            .Select(key => $"{parts[key]}").Where(value => value.Length > 0)];

    // However often it was quoted on its way, for a connection string, for JSON, for a shell: that doubles quotes, sets backslashes, or gives a letter's number.
    private static string Anyhow(string secret) => string.Concat(secret.Select(letter => letter switch
    {
        '"' or '\'' => $@"(?:\\*{letter}|{Number(letter)})+",
        '\\' => $@"(?:\\|{Number(letter)})+",
        _ => char.IsAsciiLetterOrDigit(letter) ? $"{letter}" : $"(?:{Regex.Escape($"{letter}")}|{Number(letter)})",
    }));

    private static string Number(char letter) => $@"\\+u{(int)letter:x4}";

    // A short one may well be a part of a harmless word.
    private static string Whole(string secret) => secret.Length >= 6 ? Anyhow(secret) : $@"(?<![\p{{L}}\p{{N}}]){Anyhow(secret)}(?![\p{{L}}\p{{N}}])";

    // Users are called like programs and databases: they are hidden where a server names them, or a connection string.
    private static string Quoted(string user) => $"""(?<=["“„«=]\s*){Anyhow(user)}(?=\\?["”“»;]|\s*$)""";

    [GeneratedRegex(@"^--cluster[=:]")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"(password|pwd|psw)\s*=|://[^/]*@|host\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex Confidential();

    [GeneratedRegex(@"(?:password|pwd|psw)\s*=\s*([^;]*)", RegexOptions.IgnoreCase)]
    private static partial Regex Password();

    [GeneratedRegex(@"://[^/:@]*:([^/@]*)@")]
    private static partial Regex Url();

    /// <summary>Formats what goes into a log's file, without secrets.</summary>
    internal sealed class Formatter(ITextFormatter formatter) : ITextFormatter
    {
        public void Format(LogEvent logEvent, TextWriter output)
        {
            var text = new StringWriter(new StringBuilder(), output.FormatProvider);
            formatter.Format(logEvent, text);
            output.Write(Hide(text.ToString()));
        }
    }
}
