using Microsoft.Extensions.Logging;
using RnnSweep.Grains;

namespace RnnSweep.Silo.Connections;

/// <summary>Logs why connections are refused: for each kind of reason at most one entry a minute, so that a flood of connections is no flood of entries.</summary>
/// <param name="log">The log.</param>
internal sealed partial class RefusalLog(ILogger log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RefusalKind, (LogLimit Limit, long Refused)> _kinds = [];

    /// <summary>Counts a refused connection, and logs it unless an entry of its kind is less than a minute old.</summary>
    /// <param name="kind">The kind of reason.</param>
    /// <param name="reason">The reason, as a clause.</param>
    public void Add(RefusalKind kind, string reason)
    {
        lock (_gate)
        {
            (LogLimit limit, long refused) = _kinds.GetValueOrDefault(kind, (new LogLimit(), 0));
            refused++;
            bool isLogged = limit.Passes();
            _kinds[kind] = (limit, isLogged ? 0 : refused);
            if (isLogged)
            {
                LogRefused(log, reason, refused);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Connection refused: {Reason} ({Refused} of this kind since the last such entry; at most one entry a minute)")]
    private static partial void LogRefused(ILogger log, string reason, long refused);
}

/// <summary>Why a connection is refused.</summary>
internal enum RefusalKind
{
    /// <summary>A certificate that is no member's.</summary>
    Certificate,

    /// <summary>A certificate that is no member's, by HTTP.</summary>
    HttpCertificate,

    /// <summary>Too many connections are open.</summary>
    TooMany,

    /// <summary>The peer sent no preamble in time.</summary>
    Silent,

    /// <summary>The peer speaks another protocol, or belongs to another cluster.</summary>
    Protocol,

    /// <summary>The peer does not read what is sent to it.</summary>
    Unread,
}
