using System.Data.Common;
using System.Text;
using System.Text.RegularExpressions;
using Serilog.Events;
using Serilog.Formatting;

namespace RnnSweep.Client.Terminal;

/// <summary>
/// Removes secrets, which are connection strings with their passwords and users, from everything that is written to the error stream or to a log, also from
/// exceptions of libraries and from the command line.
/// </summary>
internal static partial class Secrets
{
    private const string Mask = "***";
    private static readonly string[] s_passwords = ["password", "pwd", "psw", "sslpassword"], s_users = ["username", "userid", "uid", "user"];

    private static volatile Lazy<Regex?>? s_pattern;

    /// <summary>Records the secrets in a command line, in any of its arguments.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="others">Connection strings and passwords from the environment; null and empty ones are ignored.</param>
    /// <remarks>The regular expression is built for the first text: most commands write none that may contain a secret, and it takes a tenth of the time of a short one.</remarks>
    public static void Register(IReadOnlyList<string> arguments, params IReadOnlyList<string?> others) => s_pattern = new Lazy<Regex?>(() => Pattern(arguments, others));

    /// <summary>A text without secrets.</summary>
    public static string Hide(string text) => s_pattern?.Value?.Replace(text, Mask) ?? text;

    private static Regex? Pattern(IEnumerable<string> arguments, IEnumerable<string?> others)
    {
        string[] connections = [.. arguments.Where(MayBeSecret).Select(argument => Prefix().Replace(argument, "")).Where(argument => ConnectionPattern().IsMatch(argument)), .. others.OfType<string>()];
        string[] patterns = [.. connections.Where(text => text.Length > 0).SelectMany(Patterns).Distinct().OrderByDescending(pattern => pattern.Length)];
        return patterns.Length == 0 ? null : new Regex(string.Join('|', patterns), RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }

    // Every match of ConnectionPattern contains one of these. Most command lines do not, and so avoid the cost of starting regular expressions.
    private static bool MayBeSecret(string argument) => argument.Contains('=', StringComparison.Ordinal) || argument.Contains('@', StringComparison.Ordinal);

    private static IEnumerable<string> Patterns(string connection)
    {
        (string[] passwords, string[] users) = Parts(connection);
        return passwords.Append(connection).Select(SecretPattern).Concat(users.Select(UserPattern));
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
            // The string cannot be parsed, so a password is taken up to the next semicolon, and also up to the end.
            return ([.. Password().Matches(connection).SelectMany(match => new[] { match.Groups[1].Value, connection[match.Groups[1].Index..] })
                .Concat(Url().Matches(connection).Select(match => match.Groups[1].Value)).Where(value => value.Length > 0)], []);
        }
    }

    private static string[] Values(DbConnectionStringBuilder parts, string[] keys) =>
        [.. parts.Keys.Cast<string>().Where(key => keys.Contains(key.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant()))
            .Select(key => $"{parts[key]}").Where(value => value.Length > 0)];

    // Also matches a secret that was quoted for a connection string, JSON or a shell: with doubled quotes, backslashes, or codes of letters.
    private static string Escaped(string secret) => string.Concat(secret.Select(letter => letter switch
    {
        '"' or '\'' => $@"(?:\\*{letter}|{Number(letter)})+",
        '\\' => $@"(?:\\|{Number(letter)})+",
        _ => char.IsAsciiLetterOrDigit(letter) ? $"{letter}" : $"(?:{Regex.Escape($"{letter}")}|{Number(letter)})",
    }));

    private static string Number(char letter) => $@"\\+u{(int)letter:x4}";

    // A short secret may be part of an ordinary word, so it is matched only as a whole word.
    private static string SecretPattern(string secret) => secret.Length >= 6 ? Escaped(secret) : $@"(?<![\p{{L}}\p{{N}}]){Escaped(secret)}(?![\p{{L}}\p{{N}}])";

    // A user may be called like a program or a database, so the name is matched only in quotes, as a server writes it, and after =.
    private static string UserPattern(string user) => $"""(?<=["“„«=]\s*){Escaped(user)}(?=\\?["”“»;]|\s*$)""";

    [GeneratedRegex(@"^--cluster[=:]")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"(password|pwd|psw)\s*=|://[^/]*@|host\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex ConnectionPattern();

    [GeneratedRegex(@"(?:password|pwd|psw)\s*=\s*([^;]*)", RegexOptions.IgnoreCase)]
    private static partial Regex Password();

    [GeneratedRegex(@"://[^/:@]*:([^/@]*)@")]
    private static partial Regex Url();

    /// <summary>Formats the entries of a log file, without secrets.</summary>
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
