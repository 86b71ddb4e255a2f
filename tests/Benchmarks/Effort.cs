namespace RnnSweep.Benchmarks;

/// <summary>How long to measure: thoroughly, or just long enough to test that it works.</summary>
/// <param name="IsQuick">Whether the numbers may be meaningless.</param>
internal sealed record Effort(bool IsQuick)
{
    /// <summary>Rounds in which everything that is compared runs once.</summary>
    public int Rounds => IsQuick ? 2 : 7;

    /// <summary>Rounds for contenders that take seconds.</summary>
    public int FewRounds => IsQuick ? 1 : 3;

    /// <summary>Seconds that a sample of a short operation should last.</summary>
    public double SampleSeconds => IsQuick ? 0.002 : 0.03;

    /// <summary>Seconds of warm-up for a short operation, so that the JIT compiler has finished.</summary>
    public double WarmUpSeconds => IsQuick ? 0.02 : 0.25;

    /// <summary>One value for a thorough measurement, another for a quick one.</summary>
    public T Choose<T>(T proper, T quick) => IsQuick ? quick : proper;
}
