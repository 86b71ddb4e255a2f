using System.Runtime.InteropServices;
using RnnSweep.Benchmarks.Kernel;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Benchmarks.Reports;

/// <summary>The versions and the machine of a measurement.</summary>
/// <param name="Line">One line of Markdown.</param>
internal sealed record Versions(string Line)
{
    public static Versions Read() => new(string.Join(" · ", All()));

    /// <summary>The machine's load in the minute before, for the end of the line; empty if the system does not report it.</summary>
    public static string Load() => File.Exists("/proc/loadavg") ? $" · load average before it {File.ReadAllText("/proc/loadavg").Split(' ')[0]}" : "";

    /// <summary>A folder's name for the results of this machine: the processor and the kernel's instruction set, such as <c>amd-epyc-avx2</c>.</summary>
    public static string FolderName()
    {
        string name = $"{Processor().Replace("(R)", "", StringComparison.Ordinal).Replace("(TM)", "", StringComparison.Ordinal)} {ProductKernel.Best.Name}";
        return string.Join('-', name.ToLowerInvariant().Split([.. name.ToLowerInvariant().Where(letter => !char.IsAsciiLetterOrDigit(letter)).Distinct()], StringSplitOptions.RemoveEmptyEntries));
    }

    private static IEnumerable<string> All()
    {
        yield return DateTime.UtcNow.ToString("yyyy-MM-dd");
        yield return Commit();
        yield return $"{Processor()}, {Environment.ProcessorCount} cores";
        yield return Field("/etc/os-release", "PRETTY_NAME", '=') ?? RuntimeInformation.OSDescription;
        yield return RuntimeInformation.FrameworkDescription;
        yield return OpenBlas.Loaded is { } blas ? $"OpenBLAS {blas.Version} ({blas.Core} kernels)" : "no OpenBLAS";
        yield return Python.Versions() is { Length: > 0 } versions ? versions : "no python3 with numpy";
    }

    private static string Processor() => Field("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string Commit()
    {
        ProcessOutput head = ProcessOutput.Of("git", ["-C", SourceTree.Root, "describe", "--always", "--dirty", "--exclude=*"]);
        return head.ExitCode == 0 ? $"commit {head.Output.Trim()}" : "no commit";
    }

    private static string? Field(string file, string name, char separator) => !File.Exists(file) ? null : File.ReadLines(file)
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Select(line => line.Split(separator, 2)[1].Trim(' ', '"'))
        .FirstOrDefault();
}
