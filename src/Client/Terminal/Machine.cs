using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace RnnSweep.Client.Terminal;

/// <summary>The version of the program, and the properties of the machine.</summary>
internal static class Machine
{
    private static readonly string[] s_build =
        (Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+');

    public static string Version => s_build[0];

    /// <summary>The commit the program was built from; null where the build did not record it.</summary>
    public static string? Commit => s_build.Length > 1 ? s_build[1] : null;

    /// <summary>The widest instruction set that the arithmetic uses: results agree bit for bit where it is the same.</summary>
    public static string InstructionSet =>
        Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported && Fma.IsSupported ? "AVX2+FMA" : AdvSimd.Arm64.IsSupported ? "AdvSimd" : "portable";

    public static string Processor => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            ?? RuntimeInformation.ProcessArchitecture.ToString()
        : RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Memory that this process may use, in bytes.</summary>
    public static long Memory => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
