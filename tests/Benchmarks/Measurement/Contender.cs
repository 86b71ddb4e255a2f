namespace RnnSweep.Benchmarks.Measurement;

/// <summary>One of several programs or methods that are compared.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Run">Runs it once.</param>
internal sealed record Contender(string Name, Action Run);
