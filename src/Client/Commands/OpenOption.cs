using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using RnnSweep.Client.Results;

namespace RnnSweep.Client.Commands;

/// <summary><c>--open</c>: opens the report in the browser.</summary>
internal static class OpenOption
{
    public static Option<bool> Create() => new("--open") { Description = "Open the report in the browser when it is written: that of BROWSER, else the system's" };

    /// <summary>Opens the report of a folder. An error is printed to the error stream; the report is there to be opened by hand.</summary>
    public static void Open(RunFolder folder)
    {
        string file = folder[RunFolder.ReportFile];
        try
        {
            string? browser = Environment.GetEnvironmentVariable("BROWSER");
            using Process? process = Process.Start(string.IsNullOrEmpty(browser)
                ? new ProcessStartInfo(file) { UseShellExecute = true }
                : new ProcessStartInfo(browser, [file]));
        }
        catch (Exception error) when (error is Win32Exception or IOException or InvalidOperationException or PlatformNotSupportedException)
        {
            Console.Error.WriteLine($"the report cannot be opened: {error.Message}");
        }
    }

    /// <summary>The report's address for a terminal, where it can be clicked.</summary>
    public static string Link(RunFolder folder) => new Uri(folder[RunFolder.ReportFile]).AbsoluteUri;
}
