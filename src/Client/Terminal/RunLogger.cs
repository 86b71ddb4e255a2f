using Microsoft.Extensions.Logging;
using Serilog.Extensions.Logging;

namespace RnnSweep.Client.Terminal;

/// <summary>Writes to the log of the run, which may be opened later than this is created.</summary>
internal sealed class RunLogger(string category) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Serilog.Log.ForContext("SourceContext", category).Write(LevelConvert.ToSerilogLevel(logLevel), exception, "{Text:l}", formatter(state, exception));
}

/// <summary>Creates loggers of the run.</summary>
internal sealed class RunLogProvider : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new RunLogger(categoryName);

    public void Dispose()
    {
    }
}
