namespace RnnSweep.Benchmarks.Measurement;

/// <summary>One of several things that are compared.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Run">Does it once.</param>
internal sealed record Contender(string Name, Action Run);
