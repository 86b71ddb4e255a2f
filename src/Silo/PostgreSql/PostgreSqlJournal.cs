using System.Collections.Immutable;
using System.Data;
using Npgsql;
using NpgsqlTypes;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>The journal in a cluster's database.</summary>
/// <remarks>
/// Whoever changes anything of a sweep first locks its row, until the end of his transaction. So the numbers of events come to sight in ascending order,
/// and two activations of a grain take turns.
/// </remarks>
/// <param name="database">The database; stays the caller's.</param>
public sealed class PostgreSqlJournal(ClusterDatabase database) : ISweepJournal
{
    private readonly MatrixStore _matrices = new(database);

    /// <inheritdoc/>
    public async Task Enter(string sweep, SweepDescription description, IReadOnlyDictionary<string, Matrix> matrices)
    {
        Dictionary<string, Matrix> needed = [];
        foreach (string digest in description.Matrices)
        {
            needed[digest] = matrices.GetValueOrDefault(digest) ?? await _matrices.Find(digest);
        }

        long cells = description.Plan(digest => needed[digest]).CellCount;
        await database.Transact(IsolationLevel.ReadCommitted, async connection =>
        {
            await MatrixStore.Add(connection, needed.Where(matrix => matrices.ContainsKey(matrix.Key)));
            await Execute(
                connection,
                "INSERT INTO rnnsweep_sweeps (id, name, description, cells, state) VALUES ($1, $2, $3, $4, 'Active') ON CONFLICT DO NOTHING",
                sweep, description.Name, description.Text, cells);
            if (await Lock(connection, sweep) is { State: not SweepState.Active })
            {
                await Execute(connection, "UPDATE rnnsweep_sweeps SET state = 'Active' WHERE id = $1", sweep);
                await Execute(connection, "DELETE FROM rnnsweep_losses WHERE sweep = $1", sweep);
                await Execute(connection, "DELETE FROM rnnsweep_events WHERE sweep = $1 AND failure IS NOT NULL", sweep);
            }

            return true;
        });
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SweepEntry>> Sweeps() => await Select(
        "SELECT id, name, cells, state, entered FROM rnnsweep_sweeps ORDER BY place",
        row => new SweepEntry(row.GetString(0), row.GetString(1), row.GetInt64(2), State(row.GetString(3)), row.GetFieldValue<DateTimeOffset>(4)));

    /// <inheritdoc/>
    public async Task<SweepDescription?> Description(string sweep) =>
        (await Select("SELECT description FROM rnnsweep_sweeps WHERE id = $1", row => SweepDescription.Parse(row.GetString(0)), sweep)).SingleOrDefault();

    /// <inheritdoc/>
    public Task<Matrix> Matrix(string digest) => _matrices.Find(digest);

    /// <inheritdoc/>
    public Task<SweepMemory?> Recall(string sweep) => database.Transact(IsolationLevel.RepeatableRead, async connection =>
    {
        List<SweepMemory> memory = await Select(
            connection,
            "SELECT state, last_lease FROM rnnsweep_sweeps WHERE id = $1",
            row => new SweepMemory(
                State(row.GetString(0)), [], ImmutableDictionary<long, int>.Empty, ImmutableDictionary<long, string>.Empty, 0, row.GetInt64(1)),
            sweep);
        return memory is not [{ } found] ? null : found with
        {
            Leases = [.. await Select(connection, "SELECT id, silo, experiments FROM rnnsweep_leases WHERE sweep = $1 ORDER BY id", Lease, sweep)],
            Losses = (await Select(
                connection,
                "SELECT experiment, losses FROM rnnsweep_losses WHERE sweep = $1",
                row => KeyValuePair.Create(row.GetInt64(0), row.GetInt32(1)),
                sweep)).ToImmutableDictionary(),
            Failures = (await Select(
                connection,
                "SELECT experiment, failure FROM rnnsweep_events WHERE sweep = $1 AND failure IS NOT NULL",
                row => KeyValuePair.Create(row.GetInt64(0), row.GetString(1)),
                sweep)).ToImmutableDictionary(),
            Outcomes = (await Select(connection, "SELECT count(*) FROM rnnsweep_events WHERE sweep = $1", row => row.GetInt64(0), sweep)).Single(),
        };
    });

    /// <inheritdoc/>
    public Task Note(string sweep, SweepChange change) => database.Transact(IsolationLevel.ReadCommitted, async connection =>
    {
        (_, long lastEvent) = await Lock(connection, sweep) ?? throw new KeyNotFoundException($"there is no sweep {sweep}");
        foreach (HeldLease granted in change.Granted)
        {
            await Grant(connection, sweep, granted);
        }

        if (change.Ended.Length > 0)
        {
            await Execute(connection, "DELETE FROM rnnsweep_leases WHERE sweep = $1 AND id = ANY ($2)", sweep, change.Ended.ToArray());
        }

        if (!change.Losses.IsEmpty)
        {
            await Execute(
                connection,
                "INSERT INTO rnnsweep_losses SELECT $1, * FROM unnest($2, $3) "
                    + "ON CONFLICT (sweep, experiment) DO UPDATE SET losses = greatest(rnnsweep_losses.losses, excluded.losses)",
                sweep, change.Losses.Keys.ToArray(), change.Losses.Values.ToArray());
        }

        if (change.Outcomes.Length > 0)
        {
            lastEvent = await AddEvents(connection, sweep, change.Outcomes, lastEvent);
        }

        await Execute(
            connection,
            "UPDATE rnnsweep_sweeps SET state = coalesce($2, state), last_lease = greatest(last_lease, $3), last_event = $4 WHERE id = $1",
            sweep, change.State is { } state ? $"{state}" : DBNull.Value, change.Granted.Select(granted => granted.Id).DefaultIfEmpty().Max(), lastEvent);
        return true;
    });

    /// <inheritdoc/>
    public async Task<ImmutableArray<SweepEvent>> Events(string sweep, long after, int limit) =>
    [
        .. await Select(
            "SELECT number, experiment, failure FROM rnnsweep_events WHERE sweep = $1 AND number > $2 ORDER BY number LIMIT $3",
            row => new SweepEvent(row.GetInt64(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetString(2)),
            sweep, after, limit),
    ];

    private static async Task<(SweepState State, long LastEvent)?> Lock(NpgsqlConnection connection, string sweep) =>
        await Select(
            connection,
            "SELECT state, last_event FROM rnnsweep_sweeps WHERE id = $1 FOR UPDATE",
            row => (State(row.GetString(0)), row.GetInt64(1)),
            sweep) is [var found] ? found : null;

    private static async Task Grant(NpgsqlConnection connection, string sweep, HeldLease granted)
    {
        await Execute(
            connection,
            "INSERT INTO rnnsweep_leases VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            sweep, granted.Id, granted.Silo, granted.Experiments.ToArray());
        HeldLease held = (await Select(
            connection, "SELECT id, silo, experiments FROM rnnsweep_leases WHERE sweep = $1 AND id = $2", Lease, sweep, granted.Id)).Single();
        if (!held.IsSameAs(granted))
        {
            throw held.Conflict();
        }
    }

    /// <summary>Gives numbers to what is news; the last number given.</summary>
    private static async Task<long> AddEvents(
        NpgsqlConnection connection, string sweep, ImmutableArray<(long Experiment, string? Failure)> outcomes, long last)
    {
        Dictionary<long, bool> isDone = (await Select(
            connection,
            "SELECT experiment, failure IS NULL FROM rnnsweep_events WHERE sweep = $1 AND experiment = ANY ($2)",
            row => KeyValuePair.Create(row.GetInt64(0), row.GetBoolean(1)),
            sweep, outcomes.Select(outcome => outcome.Experiment).ToArray())).ToDictionary();
        Dictionary<long, SweepEvent> news = [];
        foreach ((long experiment, string? failure) in outcomes)
        {
            if (!isDone.TryGetValue(experiment, out bool done) || (!done && failure is null))
            {
                news[experiment] = new SweepEvent(++last, experiment, failure is null ? null : StorableText.Of(failure));
                isDone[experiment] = failure is null;
            }
        }

        await Execute(connection, "DELETE FROM rnnsweep_events WHERE sweep = $1 AND experiment = ANY ($2)", sweep, news.Keys.ToArray());
        await Execute(
            connection,
            "INSERT INTO rnnsweep_events SELECT $1, * FROM unnest($2, $3, $4)",
            sweep,
            news.Values.Select(happened => happened.Number).ToArray(),
            news.Keys.ToArray(),
            new NpgsqlParameter { Value = news.Values.Select(happened => happened.Failure).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        return last;
    }

    private static HeldLease Lease(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetString(1), [.. row.GetFieldValue<long[]>(2)]);

    private static SweepState State(string text) => Enum.Parse<SweepState>(text);

    private Task<List<T>> Select<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] values) =>
        database.Transact(IsolationLevel.ReadCommitted, connection => Select(connection, sql, read, values));

    private static Task<List<T>> Select<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, params object[] values) =>
        new Statement(sql, values).RowsAsync(connection, read);

    private static Task Execute(NpgsqlConnection connection, string sql, params object[] values) => new Statement(sql, values).ExecuteAsync(connection);
}
