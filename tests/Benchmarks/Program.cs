using System.Diagnostics;
using RnnSweep.Benchmarks;
using RnnSweep.Benchmarks.Allocations;
using RnnSweep.Benchmarks.Cells;
using RnnSweep.Benchmarks.Engines;
using RnnSweep.Benchmarks.Growth;
using RnnSweep.Benchmarks.Kernel;
using RnnSweep.Benchmarks.Leading;
using RnnSweep.Benchmarks.Processes;
using RnnSweep.Benchmarks.Profile;
using RnnSweep.Benchmarks.Rank;
using RnnSweep.Benchmarks.Reports;
using RnnSweep.Benchmarks.Sharing;
using RnnSweep.Benchmarks.Spectra;
using RnnSweep.Benchmarks.Sweeps;
using RnnSweep.Benchmarks.Uneven;

IPart[] parts = [new KernelPart(), new RankPart(), new SpectrumPart(), new SweepsPart(), new LeadingPart(), new EnginesPart(), new SharingPart(), new ProfilePart(), new CellsPart(), new AllocationsPart(), new UnevenPart(), new GrowthPart()];

bool isQuick = args.Contains("--quick");
string[] names = [.. args.Where(argument => argument != "--quick")];
if (names.FirstOrDefault(name => !parts.Any(part => part.Name == name)) is { } unknown)
{
    Console.Error.WriteLine($"there is no part {unknown}; choose of: {string.Join(' ', parts.Select(part => part.Name))}, and --quick");
    return 2;
}

// Numbers of a quick run are meaningless, so they never replace results.
string folder = isQuick ? Path.Combine(SourceTree.Root, "artifacts", "benchmarks") : Path.Combine(SourceTree.Benchmarks, "results", Versions.FolderName());
var versions = Versions.Read();
Console.WriteLine(versions.Line);
int failed = 0;
foreach (IPart part in parts.Where(part => names.Length == 0 || names.Contains(part.Name)))
{
    Console.WriteLine($"\n== {part.Name}: {part.Question}");
    string load = Versions.Load();
    var clock = Stopwatch.StartNew();
    try
    {
        Report report = part.Run(new Effort(isQuick));
        report.Write(folder, part, $"{versions.Line}{load}");
        Console.WriteLine(report.Markdown());
    }
    catch (Exception error)
    {
        // The other parts can still be measured.
        Console.Error.WriteLine($"{part.Name} failed: {error}");
        failed++;
    }

    Console.WriteLine($"({part.Name}: {clock.Elapsed.TotalSeconds:F0} s)");
}

Console.WriteLine($"results: {Path.GetRelativePath(Environment.CurrentDirectory, folder)}");
return failed == 0 ? 0 : 1;
