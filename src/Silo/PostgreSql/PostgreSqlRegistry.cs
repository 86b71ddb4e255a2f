using System.Collections.Immutable;
using System.Data;
using Npgsql;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;

namespace RnnSweep.Silo.PostgreSql;

/// <summary>The sweeps in a cluster's database.</summary>
/// <param name="database">The database, which the caller disposes.</param>
public sealed class PostgreSqlRegistry(ClusterDatabase database) : ISweepRegistry
{
    /// <summary>Selects all sweeps, in the order of submission, for <see cref="Entry"/>.</summary>
    internal const string SweepsSql =
        "SELECT id, name, cells, state, priority, entered, changed, done, failed, computing, rate, damage FROM rnnsweep_sweeps ORDER BY place";

    private readonly MatrixStore _matrices = new(database);

    /// <inheritdoc/>
    public async Task Enter(string sweep, string text, SweepPlan plan, IReadOnlyDictionary<string, Matrix> matrices, int? priority = null) =>
        await database.Transact(IsolationLevel.ReadCommitted, async connection =>
        {
            // Otherwise a concurrent Remove could delete a matrix that is stored already, between the next two statements.
            await Execute(connection, "LOCK TABLE rnnsweep_sweeps IN ROW EXCLUSIVE MODE");
            await MatrixStore.Add(connection, matrices);
            await Execute(
                connection,
                "INSERT INTO rnnsweep_sweeps (id, name, file, matrices, cells, priority, state) VALUES ($1, $2, $3, $4, $5, $6, 'Active') "
                    + "ON CONFLICT (id) DO UPDATE SET state = 'Active', changed = now(), opened = pg_current_xact_id(), damage = NULL WHERE rnnsweep_sweeps.state <> 'Active'",
                sweep, plan.Name, text, matrices.Keys.ToArray(), plan.CellCount, priority ?? FairShare.UsualPriority);
            if (priority is { } given)
            {
                await Execute(connection, "UPDATE rnnsweep_sweeps SET priority = $2 WHERE id = $1 AND priority <> $2", sweep, given);
            }

            foreach (string table in (string[])["rnnsweep_losses", "rnnsweep_done"])
            {
                await Execute(connection, $"DELETE FROM {table} t USING rnnsweep_sweeps s WHERE t.sweep = $1 AND s.id = $1 AND s.opened = pg_current_xact_id()", sweep);
            }

            return true;
        });

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SweepEntry>> Sweeps() => await Select(SweepsSql, Entry);

    /// <inheritdoc/>
    public async Task<StoredSweep?> Find(string sweep) => (await Select(
        "SELECT file, matrices FROM rnnsweep_sweeps WHERE id = $1", row => new StoredSweep(row.GetString(0), [.. row.GetFieldValue<string[]>(1)]), sweep)).SingleOrDefault();

    /// <inheritdoc/>
    public Task<Matrix> Matrix(string digest) => _matrices.Find(digest);

    /// <inheritdoc/>
    public async Task<long?> Claim(string sweep) =>
        await Select("UPDATE rnnsweep_sweeps SET epoch = epoch + 1, claimed = now() WHERE id = $1 RETURNING epoch", row => row.GetInt64(0), sweep) is [long epoch] ? epoch : null;

    /// <inheritdoc/>
    public Task<SweepHistory?> Recall(string sweep) => database.Transact(IsolationLevel.RepeatableRead, async connection =>
    {
        List<SweepHistory> history = await Select(
            connection,
            "SELECT state, cells, done, failed FROM rnnsweep_sweeps WHERE id = $1",
            row => new SweepHistory(State(row.GetString(0)), row.GetInt64(1), [], ImmutableDictionary<long, int>.Empty) { Counts = (row.GetInt64(2), row.GetInt64(3)) },
            sweep);

        // Without a row that is damaged, its trajectories are compared with the store.
        List<(CellKey FirstCell, DonePart Part)> parts = await Select(
            connection,
            "SELECT first_cell, part, trajectories FROM rnnsweep_done WHERE sweep = $1 AND length(first_cell) = $2 AND part >= 0",
            row => (new CellKey(row.GetFieldValue<byte[]>(0)), new DonePart(row.GetInt32(1), row.GetFieldValue<byte[]>(2))),
            sweep, CellKey.Size);
        return history is not [{ } found] ? null : found with
        {
            Held =
            [
                .. await Select(
                    connection,
                    "SELECT silo, lease, experiments FROM rnnsweep_held WHERE sweep = $1 ORDER BY silo, lease",
                    row => (row.GetString(0), new HeldLease(row.GetInt64(1), [.. row.GetFieldValue<long[]>(2)])),
                    sweep),
            ],
            Losses = (await Select(
                connection,
                "SELECT experiment, losses FROM rnnsweep_losses WHERE sweep = $1",
                row => KeyValuePair.Create(row.GetInt64(0), row.GetInt32(1)),
                sweep)).ToImmutableDictionary(),
            Parts = parts is [var (key, _), ..] ? new RecordedParts(key, [.. parts.Where(part => part.FirstCell == key).Select(part => part.Part)]) : null,
        };
    });

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ReadingFailure>> Failures(string sweep) => await Select(
        "SELECT f.key, f.replicate, f.reason FROM rnnsweep_failures f JOIN rnnsweep_sweeps s ON f.added >= s.opened WHERE s.id = $1",
        row => ReadingTables.Failure(row, database.Name),
        sweep);

    /// <inheritdoc/>
    public Task<SweepState?> Note(
        string sweep, long epoch, SweepState state, long done, long failed, RecordedParts? parts = null, SweepActivity activity = default) => Write(sweep, epoch, async (connection, before) =>
    {
        await Execute(
            connection,
            "UPDATE rnnsweep_sweeps SET changed = CASE state WHEN $2 THEN changed ELSE now() END, state = $2, done = $3, failed = $4, "
                + "computing = $5, rate = $6, damage = NULLIF($7, '') WHERE id = $1 AND (state IN ('Active', 'Paused') OR state = $2)",
            sweep, $"{state}", done, failed, activity.Computing, activity.Rate, StorableText.Of(activity.Damage ?? ""));
        if (parts is { Parts.Count: > 0 })
        {
            await Execute(
                connection,
                "INSERT INTO rnnsweep_done SELECT s.id, p.part, $2, p.trajectories FROM rnnsweep_sweeps s, unnest($3, $4) AS p (part, trajectories) WHERE s.id = $1 "
                    + "ON CONFLICT (sweep, part) DO UPDATE SET first_cell = excluded.first_cell, trajectories = excluded.trajectories",
                sweep, parts.FirstCell.ToArray(), parts.Parts.Select(part => part.Index).ToArray(), parts.Parts.Select(part => part.Bits).ToArray());
        }

        return before is SweepState.Active or SweepState.Paused ? state : before;
    });

    /// <inheritdoc/>
    public async Task<bool> Lose(string sweep, long epoch, string silo, IReadOnlyDictionary<long, int> losses) => await Write(sweep, epoch, async (connection, state) =>
    {
        await Execute(
            connection,
            "INSERT INTO rnnsweep_losses SELECT s.id, l.* FROM rnnsweep_sweeps s, unnest($2, $3) l WHERE s.id = $1 "
                + "ON CONFLICT (sweep, experiment) DO UPDATE SET losses = greatest(rnnsweep_losses.losses, excluded.losses)",
            sweep, losses.Keys.ToArray(), losses.Values.ToArray());
        await Execute(connection, "DELETE FROM rnnsweep_held WHERE sweep = $1 AND silo = $2", sweep, silo);
        return state;
    }) is not null;

    /// <inheritdoc/>
    /// <remarks>
    /// The statement reads what was committed before it began, so of two statements at most one sees the other's lease. A cancelled sweep may still store what it
    /// was running, for some seconds. A sweep that has been removed since the claim is not seen; what it has stored is then computed again, and stored once.
    /// A silo that hung after it was granted a lease and has been declared dead meanwhile records nothing: the lease has been counted as lost already, and an
    /// activation of the sweep grain that found the record would count it again.
    /// </remarks>
    public async Task<IReadOnlyList<RunningExperiments>> Hold(string sweep, string silo, HeldLease lease, IReadOnlyCollection<long> over) => await Select(
        "WITH over AS (DELETE FROM rnnsweep_held WHERE sweep = $1 AND silo = $2 AND lease = ANY ($5)), "
            + "held AS (INSERT INTO rnnsweep_held SELECT id, $2, $3, $4 FROM rnnsweep_sweeps WHERE id = $1 "
            + $"AND NOT EXISTS (SELECT FROM OrleansMembershipTable m WHERE {ClusterMembers.IsDead} AND {ClusterMembers.Address} = $2) ON CONFLICT DO NOTHING) "
            + "SELECT o.id, coalesce(h.experiments, '{}') FROM rnnsweep_sweeps s JOIN rnnsweep_sweeps o ON o.id <> s.id AND (o.state IN ('Active', 'Paused') "
            + "OR o.changed >= s.claimed - CASE o.state WHEN 'Cancelled' THEN interval '1 minute' ELSE interval '0' END) "
            + "LEFT JOIN rnnsweep_held h ON h.sweep = o.id AND o.state = 'Active' WHERE s.id = $1",
        row => new RunningExperiments(row.GetString(0), [.. row.GetFieldValue<long[]>(1)]),
        sweep, silo, lease.Id, lease.Experiments.ToArray(), over.ToArray());

    /// <inheritdoc/>
    public Task Release(string sweep, string silo, IReadOnlyCollection<long> over) => Execute(
        "DELETE FROM rnnsweep_held WHERE sweep = $1 AND silo = $2 AND lease = ANY ($3)", sweep, silo, over.ToArray());

    /// <inheritdoc/>
    public Task Ping(CancellationToken cancellation) => database.Rows(new Statement("SELECT 1"), row => row.GetInt32(0), cancellation);

    /// <summary>The time of the database's clock, by which sweeps have their times.</summary>
    public Task<DateTimeOffset> Now() => database.Now();

    /// <summary>The keys of all cells with stored readings.</summary>
    public async Task<IReadOnlyList<CellKey>> StoredCells() =>
        await Select("SELECT key FROM rnnsweep_cells", row => ReadingTables.Key(row.GetFieldValue<byte[]>(0), database.Name));

    /// <summary>
    /// Removes sweeps and readings in one transaction, or counts them. Submissions wait meanwhile, so that no reading is removed that a new sweep needs.
    /// </summary>
    /// <param name="request">What to remove.</param>
    /// <param name="isDry">Whether to count only.</param>
    /// <exception cref="StoreUnreachableException">The list of sweeps has changed since it was read, or a sweep has become active.</exception>
    public Task<Removal> Remove(RemovalRequest request, bool isDry) => database.Transact(IsolationLevel.ReadCommitted, async connection =>
    {
        await Execute(connection, $"LOCK TABLE rnnsweep_sweeps IN {(isDry ? "SHARE" : "SHARE ROW EXCLUSIVE")} MODE");
        string[] sweeps = [.. request.Sweeps], all = [.. request.AllSweeps];
        byte[][] keys = [.. request.Cells.Select(key => key.ToArray())];
        if (!(await Select(connection, "SELECT id FROM rnnsweep_sweeps", row => row.GetString(0))).ToHashSet().SetEquals(all)
            || await Count("SELECT count(*) FROM rnnsweep_sweeps WHERE id = ANY ($1) AND state IN ('Active', 'Paused')", [sweeps]) > 0)
        {
            throw new StoreUnreachableException($"a sweep was submitted to {database.Name} meanwhile; nothing was removed; try again");
        }

        var removal = new Removal(
            sweeps.Length,
            await Count("SELECT count(*) FROM rnnsweep_cells WHERE key = ANY ($1)", [keys]),
            await Count("SELECT count(*) FROM rnnsweep_readings r JOIN rnnsweep_cells c ON c.id = r.cell WHERE c.key = ANY ($1)", [keys]));
        if (!isDry)
        {
            foreach (string table in (string[])["rnnsweep_held", "rnnsweep_losses", "rnnsweep_done"])
            {
                await Execute(connection, $"DELETE FROM {table} WHERE sweep = ANY ($1)", [sweeps]);
            }

            await Execute(connection, "DELETE FROM rnnsweep_sweeps WHERE id = ANY ($1)", [sweeps]);
            await Execute(connection, "DELETE FROM rnnsweep_matrices m WHERE NOT EXISTS (SELECT 1 FROM rnnsweep_sweeps s WHERE m.digest = ANY (s.matrices))");
            await Execute(connection, "DELETE FROM rnnsweep_readings r USING rnnsweep_cells c WHERE r.cell = c.id AND c.key = ANY ($1)", [keys]);
            await Execute(connection, "DELETE FROM rnnsweep_cells WHERE key = ANY ($1)", [keys]);
            await Execute(connection, "DELETE FROM rnnsweep_failures WHERE key = ANY ($1)", [keys]);
        }

        return removal;

        async Task<long> Count(string sql, object[] values) => (await Select(connection, sql, row => row.GetInt64(0), values))[0];
    });

    internal static SweepEntry Entry(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetInt64(2), State(row.GetString(3)), row.GetInt32(4), row.GetFieldValue<DateTimeOffset>(5),
        row.GetFieldValue<DateTimeOffset>(6), row.GetInt64(7), row.GetInt64(8))
    {
        Activity = new SweepActivity(
            row.GetInt64(9), row.GetDouble(10), !row.IsDBNull(11) ? row.GetString(11) : IsKnown(row.GetString(3)) ? null : "its state in the database is damaged; submitting it again sets it"),
    };

    // The row stays locked until the end of the transaction, so no activation claims the sweep between the check and the write. The write gets the sweep's state,
    // and returns the one that it has afterwards; null where it is not called.
    private Task<SweepState?> Write(string sweep, long epoch, Func<NpgsqlConnection, SweepState, Task<SweepState>> write) =>
        database.Transact<SweepState?>(IsolationLevel.ReadCommitted, async connection =>
        {
            List<(long Epoch, SweepState State)> current = await Select(
                connection, "SELECT epoch, state FROM rnnsweep_sweeps WHERE id = $1 FOR NO KEY UPDATE", row => (row.GetInt64(0), State(row.GetString(1))), sweep);
            if (current is not [var (claimed, state)] || claimed != epoch)
            {
                return null;
            }

            FaultPoint.Pass(FaultPoint.SweepLocked);
            return await write(connection, state);
        });

    // A sweep whose state is damaged counts as cancelled: no silo computes it, other sweeps are not affected, and it can be submitted again or removed.
    private static SweepState State(string text) => IsKnown(text) ? Enum.Parse<SweepState>(text) : SweepState.Cancelled;

    private static bool IsKnown(string state) => Enum.GetNames<SweepState>().Contains(state);

    private Task<List<T>> Select<T>(string sql, Func<NpgsqlDataReader, T> read, params object[] values) => database.Rows(new Statement(sql, values), read);

    private static Task<List<T>> Select<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, params object[] values) =>
        new Statement(sql, values).RowsAsync(connection, read);

    private Task Execute(string sql, params object[] values) => database.UseAsync(async connection =>
    {
        await Execute(connection, sql, values);
        return true;
    });

    private static Task Execute(NpgsqlConnection connection, string sql, params object[] values) => new Statement(sql, values).ExecuteAsync(connection);
}
