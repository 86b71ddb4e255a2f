using RnnSweep.Benchmarks.Reports;

namespace RnnSweep.Benchmarks;

/// <summary>One part of the benchmarks, with its question and its measurement.</summary>
internal interface IPart
{
    /// <summary>Its name on the command line and of its results' files.</summary>
    string Name { get; }

    /// <summary>Its question, in one line.</summary>
    string Question { get; }

    /// <summary>Measures. If something is missing on this machine, the report says so and has the rest.</summary>
    Report Run(Effort effort);
}
