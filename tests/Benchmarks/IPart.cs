using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks;

/// <summary>One part of the benchmarks: what it asks, and how it is answered.</summary>
internal interface IPart
{
    /// <summary>Its name on the command line and of its results' files.</summary>
    string Name { get; }

    /// <summary>What it asks, in one line.</summary>
    string Question { get; }

    /// <summary>Measures. What is missing on this machine is said in the report, and leaves the rest of it standing.</summary>
    Report Run(Effort effort);
}
