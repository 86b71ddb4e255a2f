namespace RnnSweep.Core.Results;

/// <summary>What is stored cannot be read as what was written: a damaged file, or one of another program. Nothing was changed.</summary>
public sealed class StoreDamagedException(string message, Exception? inner = null) : Exception(message, inner);
