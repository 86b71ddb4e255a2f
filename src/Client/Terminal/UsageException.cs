namespace RnnSweep.Client.Terminal;

/// <summary>A usage error: one line or more, each a whole message; exit code 2.</summary>
internal sealed class UsageException(params IEnumerable<string> lines) : Exception(string.Join('\n', lines));
