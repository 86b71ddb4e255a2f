namespace RnnSweep.Client.Runs;

/// <summary>A run's folder holds results of another sweep; nothing was changed.</summary>
/// <param name="message">Which folder, and what it holds.</param>
internal sealed class OtherSweepException(string message) : Exception(message);
