using System.Net;
using RnnSweep.Core.Results;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>What a silo or a client reads from the membership tables, without a silo's help.</summary>
/// <param name="database">The database.</param>
public sealed class ClusterMembers(ClusterDatabase database)
{
    // What separates a silo's address from its version in its name.
    private const string Separator = " of rnnsweep ";

    /// <summary>
    /// A condition of silos (m) that are up. A silo reports every three seconds that it is alive; one that was killed is declared dead by the others in about ten
    /// seconds, or has not reported for some time when there are no others.
    /// </summary>
    public const string IsUp = "m.Status = 3 AND m.IAmAliveTime > now() - interval '30 seconds'";

    /// <summary>A condition of silos (m) that have ended or have been declared dead.</summary>
    internal const string IsDead = "m.Status = 6";

    /// <summary>The address of a silo (m), as <see cref="SiloAddress.ToParsableString"/> writes it.</summary>
    internal const string Address = "m.Address || ':' || m.Port || '@' || m.Generation";

    /// <summary>Selects the silos that are up, in the order in which they started, for <see cref="Silo"/>.</summary>
    internal const string UpSql =
        $"SELECT m.Address, m.Port, m.HostName, m.StartTime, m.SiloName FROM OrleansMembershipTable m WHERE {IsUp} ORDER BY m.StartTime, m.Address, m.Port";

    /// <summary>The name of a silo of this version in the membership tables.</summary>
    public static string Name(SiloAddress silo) => $"{silo.ToParsableString()}{Separator}{ProgramVersion.Text}";

    /// <summary>
    /// The address of a new silo. Its generation is the number of seconds since 2022, as Orleans counts them, by the database's clock, and higher than that of any
    /// earlier silo of the endpoint: of two silos of an endpoint, Orleans takes the one with the lower generation for dead.
    /// </summary>
    public async Task<SiloAddress> NewAddress(IPEndPoint endPoint) => SiloAddress.New(endPoint, (await Select(
        "SELECT greatest(extract(epoch FROM clock_timestamp() - timestamptz '2022-01-01 00:00:00Z')::integer, "
            + "(SELECT max(m.Generation) + 1 FROM OrleansMembershipTable m WHERE m.Address = $1 AND m.Port = $2))",
        row => row.GetInt32(0),
        endPoint.Address.ToString(), endPoint.Port))[0]);

    /// <summary>The silos that are up, in the order in which they started.</summary>
    public async Task<IReadOnlyList<RunningSilo>> Up() => await Select(UpSql, Silo);

    /// <summary>Requires that all silos that are up have this program's version.</summary>
    /// <exception cref="StoreUnreachableException">One has another version.</exception>
    public async Task RequireVersion()
    {
        if (OtherVersion(await Up()) is { } message)
        {
            throw new StoreUnreachableException(message);
        }
    }

    /// <summary>A message about one of the silos that has another version than this program; null where there is none.</summary>
    public string? OtherVersion(IEnumerable<RunningSilo> silos)
    {
        string[][] others = [.. silos.Select(silo => silo.Name).Order(StringComparer.Ordinal).Select(name => name.Split(Separator)).Where(parts => parts[^1] != ProgramVersion.Text)];
        return others.Length == 0
            ? null
            : $"this program has version {ProgramVersion.Text}, but silo {others[0][0]} of the cluster of {database.Name} has {(others[0] is [_, string version] ? version : "an earlier one")}: "
                + "all silos and clients of a cluster must have the same version; stop the silos of the other version first";
    }

    internal static RunningSilo Silo(Npgsql.NpgsqlDataReader row) =>
        new(new IPEndPoint(IPAddress.Parse(row.GetString(0)), row.GetInt32(1)), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3)) { Name = row.GetString(4) };

    private Task<List<T>> Select<T>(string sql, Func<Npgsql.NpgsqlDataReader, T> read, params object[] values) =>
        database.Rows(new Statement(sql, values), read);
}

/// <summary>A silo of a cluster.</summary>
/// <param name="EndPoint">Where other silos reach it.</param>
/// <param name="Host">The name of its machine.</param>
/// <param name="Since">When it started, by the database's clock.</param>
public sealed record RunningSilo(IPEndPoint EndPoint, string Host, DateTimeOffset Since)
{
    /// <summary>Its name in the membership tables (<see cref="ClusterMembers.Name"/>).</summary>
    public string Name { get; init; } = "";
}
