namespace RnnSweep.Client.Commands;

/// <summary>How a command line names a cluster. What is in it may be secret: it is in no message, no log and no file.</summary>
/// <param name="Connection">The connection string of its PostgreSQL database.</param>
internal sealed record ClusterSettings(string Connection)
{
    // A record's own text would show everything.
    public override string ToString() => "a cluster";
}
