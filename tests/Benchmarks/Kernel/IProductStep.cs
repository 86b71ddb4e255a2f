namespace RnnSweep.Benchmarks.Kernel;

/// <summary>
/// One product step, N × N times N × r, as the benchmark calls it again and again: what the weights need once is done in <see cref="Prepare"/>,
/// for a trajectory multiplies by the same W at all its steps.
/// </summary>
internal interface IProductStep
{
    string Name { get; }

    /// <summary>Takes W, N × N, and the block, N × r, both row by row.</summary>
    void Prepare(ReadOnlySpan<double> weights, ReadOnlySpan<double> block, int hiddenSize, int columns);

    /// <summary>What is timed.</summary>
    void Step();

    /// <summary>W · block, N × r, row by row.</summary>
    double[] Result();
}
