namespace RnnSweep.Silo.Connections;

/// <summary>What a silo allows the connections to its ports.</summary>
/// <param name="MostConnections">The most open connections of each of the two ports; further ones are closed at once.</param>
/// <param name="HandshakeTime">The time in which a peer must have sent Orleans' preamble, after the handshake of TLS.</param>
/// <param name="ReadTime">How long a peer may leave what is sent to it unread.</param>
public sealed record ConnectionLimits(int MostConnections, TimeSpan HandshakeTime, TimeSpan ReadTime)
{
    /// <summary>The limits of a process that may have many open files.</summary>
    public static ConnectionLimits Usual { get; } = new(1000, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10));
}
