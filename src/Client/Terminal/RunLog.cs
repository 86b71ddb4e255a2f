using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Display;

namespace RnnSweep.Client.Terminal;

/// <summary>The log of a run: a file in its folder, and with <c>-v</c> the error stream.</summary>
internal static class RunLog
{
    internal const string Line = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} [{Level:u3}] {Message:lj}{NewLine}{Exception}";

    /// <summary>The log of the current run; null before it is open.</summary>
    public static Logger? Current { get; private set; }

    public static Logger Open(string file, bool verbose)
    {
        LoggerConfiguration configuration = new LoggerConfiguration()
            .MinimumLevel.Debug()
            .WriteTo.File(new Secrets.Formatter(new MessageTemplateTextFormatter(Line)), file);
        if (verbose)
        {
            configuration = configuration.WriteTo.Console(outputTemplate: Line, standardErrorFromLevel: LogEventLevel.Verbose);
        }

        return Current = configuration.CreateLogger();
    }

    public static void Close()
    {
        Current?.Dispose();
        Current = null;
    }
}
