using RnnSweep.Benchmarks.Processes;

namespace RnnSweep.Benchmarks.Cells;

/// <summary>A .NET program that prints one line, built here to measure the start of the runtime.</summary>
internal static class HelloWorld
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <InvariantGlobalization>true</InvariantGlobalization>
          </PropertyGroup>
        </Project>
        """;

    /// <summary>Builds it in a separate folder.</summary>
    /// <returns>The program; null if it could not be built.</returns>
    public static string? Build(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "hello.csproj"), Project);
        File.WriteAllText(Path.Combine(folder, "Program.cs"), "System.Console.WriteLine(\"Hello, World!\");\n");
        string output = Path.Combine(folder, "out");
        ProcessOutput build = ProcessOutput.Of("dotnet", ["build", folder, "--configuration", "Release", "--output", output, "--nologo", "--verbosity", "quiet"]);
        return build.ExitCode == 0 ? Path.Combine(output, OperatingSystem.IsWindows() ? "hello.exe" : "hello") : null;
    }
}
