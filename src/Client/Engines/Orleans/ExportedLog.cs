using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Serilog.Core;
using Serilog.Events;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>
/// Passes the entries of the log on to loggers that export them, with the same levels as on the error stream. Serilog's own sink for OpenTelemetry would bring
/// a second implementation of the protocol. An entry is passed on by the thread that writes it, so it belongs to that thread's trace.
/// </summary>
/// <param name="loggers">Creates the loggers.</param>
internal sealed class ExportedLog(ILoggerFactory loggers) : ILogEventSink
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new();

    public void Emit(LogEvent logEvent)
    {
        string category = logEvent.Properties.GetValueOrDefault(Constants.SourceContextPropertyName) is ScalarValue { Value: string source } ? source : "RnnSweep.Client";
        ILogger logger = _loggers.GetOrAdd(category, loggers.CreateLogger);
        if (!logger.IsEnabled(Level(logEvent.Level)))
        {
            return;
        }

        KeyValuePair<string, object?>[] values =
        [
            .. logEvent.Properties.Where(property => property.Key != Constants.SourceContextPropertyName).Select(property => KeyValuePair.Create(property.Key, Value(property.Value))),
            new("{OriginalFormat}", logEvent.MessageTemplate.Text),
        ];
        logger.Log(Level(logEvent.Level), default, values, logEvent.Exception, (_, _) => logEvent.RenderMessage());
    }

    private static object? Value(LogEventPropertyValue value) => value is ScalarValue { Value: var scalar } ? scalar : value.ToString();

    private static LogLevel Level(LogEventLevel level) => level switch
    {
        LogEventLevel.Verbose => LogLevel.Trace,
        LogEventLevel.Debug => LogLevel.Debug,
        LogEventLevel.Information => LogLevel.Information,
        LogEventLevel.Warning => LogLevel.Warning,
        LogEventLevel.Error => LogLevel.Error,
        _ => LogLevel.Critical,
    };
}
