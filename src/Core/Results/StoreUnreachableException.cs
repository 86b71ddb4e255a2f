namespace RnnSweep.Core.Results;

/// <summary>A store cannot be opened, read or written: a full disk, missing rights, no connection. What was stored is still there.</summary>
public sealed class StoreUnreachableException(string message, Exception? inner = null) : Exception(message, inner);
