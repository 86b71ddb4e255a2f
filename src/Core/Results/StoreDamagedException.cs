namespace RnnSweep.Core.Results;

/// <summary>Stored data differs from what was written: the file is damaged or belongs to another program. Nothing was changed.</summary>
public sealed class StoreDamagedException(string message, Exception? inner = null) : Exception(message, inner);
