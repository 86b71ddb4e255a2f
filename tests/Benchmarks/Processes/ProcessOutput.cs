using System.ComponentModel;
using System.Diagnostics;

namespace RnnSweep.Benchmarks.Processes;

/// <summary>The result of a finished process.</summary>
/// <param name="ExitCode">Its exit code; −1 if it could not be started.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
internal sealed record ProcessOutput(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">A path, or a name on PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="watch">Called with the process after its start; its time is part of the run.</param>
    public static ProcessOutput Of(string program, IEnumerable<string> arguments, Action<Process>? watch = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["OPENBLAS_NUM_THREADS"] = "1"; // two workers, one thread each
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            watch?.Invoke(process);
            process.WaitForExit();
            return new ProcessOutput(process.ExitCode, output.Result, error.Result);
        }
        catch (Win32Exception missing)
        {
            return new ProcessOutput(-1, "", missing.Message);
        }
    }

    /// <summary>The same, but throws unless the program succeeds.</summary>
    /// <exception cref="InvalidOperationException">The program failed; the message has its output.</exception>
    public static ProcessOutput OfSuccess(string program, IEnumerable<string> arguments, Action<Process>? watch = null)
    {
        string[] all = [.. arguments];
        ProcessOutput output = Of(program, all, watch);
        return output.ExitCode == 0 ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', all)} ended with {output.ExitCode}: {output.Error}{output.Output}");
    }
}
