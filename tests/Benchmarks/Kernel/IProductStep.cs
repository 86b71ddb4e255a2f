namespace RnnSweep.Benchmarks.Kernel;

/// <summary>
/// One product step, N × N times N × r, which the benchmark repeats. Work that is done once per W belongs into <see cref="Prepare"/>,
/// because a trajectory multiplies by the same W at all its steps.
/// </summary>
internal interface IProductStep
{
    string Name { get; }

    /// <summary>Takes W, N × N, and the block, N × r, both row by row.</summary>
    void Prepare(ReadOnlySpan<double> weights, ReadOnlySpan<double> block, int hiddenSize, int columns);

    /// <summary>The timed code.</summary>
    void Step();

    /// <summary>W · block, N × r, row by row.</summary>
    double[] Result();
}
