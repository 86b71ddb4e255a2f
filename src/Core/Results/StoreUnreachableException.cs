namespace RnnSweep.Core.Results;

/// <summary>A store cannot be opened, read or written (full disk, missing rights, no connection). Data stored earlier is kept.</summary>
public sealed class StoreUnreachableException(string message, Exception? inner = null) : Exception(message, inner);
