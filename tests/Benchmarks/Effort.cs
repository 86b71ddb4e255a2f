namespace RnnSweep.Benchmarks;

/// <summary>How long to measure: properly, or just long enough to see that it works.</summary>
/// <param name="IsQuick">Whether numbers need not mean anything.</param>
internal sealed record Effort(bool IsQuick)
{
    /// <summary>Rounds in which everything that is compared runs once.</summary>
    public int Rounds => IsQuick ? 2 : 7;

    /// <summary>Rounds where one takes seconds.</summary>
    public int FewRounds => IsQuick ? 1 : 3;

    /// <summary>Seconds that a sample of something quick should last.</summary>
    public double SampleSeconds => IsQuick ? 0.002 : 0.03;

    /// <summary>Seconds for which something quick runs beforehand, so that the JIT has done with it.</summary>
    public double WarmUpSeconds => IsQuick ? 0.02 : 0.25;

    /// <summary>One value for a proper measurement, another for a quick one.</summary>
    public T Choose<T>(T proper, T quick) => IsQuick ? quick : proper;
}
