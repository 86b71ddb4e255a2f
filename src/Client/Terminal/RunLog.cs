using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace RnnSweep.Client.Terminal;

/// <summary>The log of a run: a file in its folder, and with <c>-v</c> the error stream.</summary>
internal static class RunLog
{
    internal const string Line = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} [{Level:u3}] {Message:lj}{NewLine}{Exception}";

    /// <summary>Opens the log and makes it Serilog's shared logger, which writes nothing before.</summary>
    public static Logger Open(string file, bool verbose)
    {
        LoggerConfiguration configuration = new LoggerConfiguration()
            .MinimumLevel.Debug()
            .WriteTo.File(new Secrets.Formatter(new MessageTemplateTextFormatter(Line)), file);
        if (verbose)
        {
            configuration = configuration.WriteTo.Console(outputTemplate: Line, standardErrorFromLevel: LogEventLevel.Verbose);
        }

        Logger log = configuration.CreateLogger();
        Log.Logger = log;
        return log;
    }

    public static void Close() => Log.CloseAndFlush();
}
