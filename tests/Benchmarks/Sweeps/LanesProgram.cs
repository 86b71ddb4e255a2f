using RnnSweep.Benchmarks.Processes;

namespace RnnSweep.Benchmarks.Sweeps;

/// <summary>peers/lanes.c, compiled for this processor.</summary>
internal static class LanesProgram
{
    /// <summary>The hidden size that the program has.</summary>
    public const int HiddenSize = 16;

    /// <summary>Compiles it.</summary>
    /// <param name="file">The program to write.</param>
    /// <returns>The program; null if there is no gcc or it fails.</returns>
    public static string? Build(string file)
    {
        string[] arguments = ["-O3", "-march=native", "-fno-math-errno", "-pthread", SourceTree.Peer("lanes.c"), "-lm", "-o", file];
        return ProcessOutput.Of("gcc", arguments).ExitCode == 0 ? file : null;
    }
}
