using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Gathers a silo's warnings and errors, each with the text of its exception.</summary>
internal sealed class LinesLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(string Category, string Text)> _lines = new();

    public IEnumerable<string> Lines => _lines.Select(line => line.Text);

    /// <summary>The entries about connections and messages, without those about a busy machine.</summary>
    public IReadOnlyList<string> OfConnections =>
        [.. _lines.Where(line => line.Category.Contains("Connection", StringComparison.Ordinal) || line.Category.Contains("Messaging", StringComparison.Ordinal)).Select(line => line.Text)];

    public ILogger CreateLogger(string categoryName) => new Category(categoryName, _lines);

    public void Dispose()
    {
    }

    private sealed class Category(string name, ConcurrentQueue<(string Category, string Text)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                lines.Enqueue((name, $"{formatter(state, exception)} {exception?.Message}"));
            }
        }
    }
}
