using Npgsql;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;
using RnnSweep.Grains;

namespace RnnSweep.Cluster.Tests.PostgreSql;

/// <summary>Sweeps whose rows in the database are damaged, removed, locked or refused: the other sweeps go on.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class SweepTroubleTests(SmallCluster cluster) : IClassFixture<SmallCluster>
{
    [SkippableFact]
    public async Task A_sweep_whose_matrix_is_damaged_fails_alone_and_says_why()
    {
        await cluster.Start();
        var matrix = new Matrix(2, 2, [0.5, 0.25, 0.125, -0.5]);
        string digest = matrix.Digest();
        ResolvedSweep damaged = await EnterDamaged("damaged", matrix);
        ResolvedSweep sound = SmallCluster.ShortSweep("beside-damaged", seed: 2);
        string id = ClusterEngine.IdOf(damaged);
        await cluster.Submit(sound);
        await cluster.Finish(sound);

        const string Said = "does not match its digest";
        await Wait.Until(() => Line(id).Activity.Damage is not null);
        ClusterReport status = ClusterSweeps.Report(cluster.Settings);
        Assert.Equal((SweepState.Active, 0L), (Line(id).State, Line(id).Done));
        Assert.Contains(Said, Line(id).Activity.Damage, StringComparison.Ordinal);
        Assert.Contains($"{id}: the matrix {digest} in ", status.Text(), StringComparison.Ordinal);
        Assert.Null(Line(ClusterEngine.IdOf(sound)).Activity.Damage);
        Assert.Contains(Said, (await Assert.ThrowsAsync<StoreDamagedException>(() => cluster.Follow(damaged))).Message, StringComparison.Ordinal);
        Assert.Contains(Said, Assert.Throws<StoreDamagedException>(() => ClusterSweeps.Find(cluster.Settings, id)).Message, StringComparison.Ordinal);
        Assert.Contains($"'rnnsweep forget {id}'", Assert.Throws<StoreDamagedException>(() => Forget(sound)).Message, StringComparison.Ordinal);
        Assert.Equal($"{id} is cancelled: 0 of 1 cells done", Change(damaged, grain => grain.Cancel()));
        Assert.Equal("Cancelled", cluster.State(damaged));

        // Submitting it stores the matrix again.
        cluster.Execute($"DELETE FROM rnnsweep_held WHERE sweep = '{id}'");
        await cluster.Submit(damaged);
        await cluster.Finish(damaged);

        cluster.Execute($"UPDATE rnnsweep_matrices SET rows = 4, columns = 1 WHERE digest = '{digest}'");
        Forget(damaged);
        Forget(sound);
        Assert.Equal((null, null), (cluster.State(damaged), cluster.State(sound)));

        SweepEntry Line(string sweep) => ClusterSweeps.Report(cluster.Settings).Sweeps.Single(entry => entry.Id == sweep);
    }

    [SkippableFact]
    public async Task A_damaged_sweep_is_mended_by_a_submission_while_it_is_active()
    {
        await cluster.Start();
        ResolvedSweep sweep = await EnterDamaged("mended", new Matrix(2, 2, [0.25, 0.5, -0.5, 0.125]));
        cluster.Execute($"DELETE FROM rnnsweep_held WHERE sweep = '{ClusterEngine.IdOf(sweep)}'"); // else its experiment is granted only when this lease has expired
        await cluster.Submit(sweep);
        await cluster.Finish(sweep);
    }

    [SkippableFact]
    public async Task A_sweep_that_is_removed_under_way_ends_alone()
    {
        await cluster.Start();
        ResolvedSweep removed = SmallCluster.LongSweep("removed"), other = SmallCluster.ShortSweep("beside-removed");
        await cluster.Submit(removed);
        Task following = cluster.Follow(removed);
        await Wait.Until(async () => (await cluster.Grain(removed).Progress())!.Done > 0);

        cluster.Execute(
            "BEGIN; LOCK TABLE rnnsweep_held IN SHARE ROW EXCLUSIVE MODE; "
                + $"DELETE FROM rnnsweep_held WHERE sweep = '{ClusterEngine.IdOf(removed)}'; DELETE FROM rnnsweep_sweeps WHERE id = '{ClusterEngine.IdOf(removed)}'; COMMIT");

        Assert.Contains("was removed", (await Assert.ThrowsAsync<StoreDamagedException>(() => following)).Message, StringComparison.Ordinal);
        await cluster.Submit(other);
        await cluster.Finish(other);
    }

    [SkippableTheory]
    [InlineData("sweeps", "ACCESS EXCLUSIVE")] // the sweep's grain cannot even be activated
    [InlineData("losses", "EXCLUSIVE")] // the table can be read
    public async Task A_submission_while_a_table_is_locked_fails_and_succeeds_afterwards(string table, string mode)
    {
        await cluster.Start();
        ResolvedSweep first = SmallCluster.ShortSweep($"first-{table}"), second = SmallCluster.ShortSweep($"second-{table}");
        await using (var other = new NpgsqlConnection(cluster.Connection))
        {
            await other.OpenAsync();
            await using NpgsqlTransaction transaction = await other.BeginTransactionAsync();
            await using var command = new NpgsqlCommand($"LOCK TABLE rnnsweep_{table} IN {mode} MODE", other);
            await command.ExecuteNonQueryAsync();
            await Assert.ThrowsAsync<StoreUnreachableException>(() => cluster.Submit(first));
        }

        foreach (ResolvedSweep sweep in new[] { first, second })
        {
            await cluster.Submit(sweep);
            await cluster.Finish(sweep);
        }
    }

    [SkippableFact]
    public async Task A_sweep_that_was_entered_by_a_submission_that_failed_afterwards_is_computed()
    {
        await cluster.Start();
        ResolvedSweep sweep = SmallCluster.ShortSweep("entered");
        using (Refusing("NEW.epoch <> OLD.epoch", sweep))
        {
            await Assert.ThrowsAsync<StoreUnreachableException>(() => cluster.Submit(sweep));
            Assert.Equal("Active", cluster.State(sweep));
        }

        // No client asks for its progress, which would make the grain claim it.
        await Wait.Until(() => cluster.State(sweep) == "Finished");
    }

    [SkippableFact]
    public async Task A_client_that_attaches_while_the_sweep_grain_cannot_be_activated_tries_again()
    {
        await cluster.Start();
        ResolvedSweep sweep = SmallCluster.ShortSweep("attached");
        Task following;
        using (Refusing("NEW.epoch <> OLD.epoch", sweep))
        {
            await Assert.ThrowsAsync<StoreUnreachableException>(() => cluster.Submit(sweep));
            following = cluster.Follow(sweep, hasAnswered: false);
            await Task.WhenAny(following, Task.Delay(TimeSpan.FromSeconds(3))); // it must not end, so there is no state to wait for
            Assert.False(following.IsCompleted, $"{following.Exception}");
        }

        await following;
    }

    [SkippableFact]
    public async Task A_cancellation_that_cannot_be_recorded_fails_each_time_until_it_is()
    {
        await cluster.Start();
        ResolvedSweep sweep = SmallCluster.LongSweep("cancelled");
        await cluster.Submit(sweep);
        using (Refusing("NEW.state = 'Cancelled'", sweep))
        {
            for (int i = 0; i < 2; i++)
            {
                Assert.Throws<StoreUnreachableException>(() => Change(sweep, grain => grain.Cancel()));
                Assert.Equal(("Active", SweepState.Active), (cluster.State(sweep), (await cluster.Grain(sweep).Progress())!.State));
            }
        }

        Assert.Contains(" is cancelled: ", Change(sweep, grain => grain.Cancel()), StringComparison.Ordinal);
        Assert.Equal("Cancelled", cluster.State(sweep));
    }

    // Enters a sweep with a matrix of which one byte differs in the database, and waits until its grain has found that out. Some silo runs an experiment of it,
    // which those of other sweeps are compared with.
    private async Task<ResolvedSweep> EnterDamaged(string name, Matrix matrix)
    {
        string digest = matrix.Digest();
        ResolvedSweep sweep = SubmittedSweepReader.ReadSweep($"name: {name}\nhidden_size: 2\nsequence_length: 5\nweights: {digest}/w.npy\n", _ => matrix);
        string id = ClusterEngine.IdOf(sweep);
        cluster.Execute(
            $"INSERT INTO rnnsweep_matrices VALUES ('{digest}', 2, 2, set_byte('\\x{Hexadecimal(matrix)}', 9, 77)); "
                + "INSERT INTO rnnsweep_sweeps (id, name, file, matrices, cells, priority, state) "
                + $"VALUES ('{id}', '{name}', '{SweepFileWriter.WriteSubmitted(sweep)}', '{{{digest}}}', 1, 9, 'Active'); "
                + $"INSERT INTO rnnsweep_held VALUES ('{id}', '127.0.0.1:1@1', 1, '{{0}}')");
        await Wait.Until(async () => (await cluster.Grain(sweep).Progress())!.Damage is not null);
        return sweep;
    }

    private static string Hexadecimal(Matrix matrix) => Convert.ToHexStringLower([.. matrix.Values.SelectMany(BitConverter.GetBytes)]);

    private string Change(ResolvedSweep sweep, Func<ISweepGrain, Task> change) => ClusterSweeps.Change(cluster.Settings, ClusterEngine.IdOf(sweep), "change", change);

    private void Forget(ResolvedSweep sweep) => ClusterSweeps.Remove(
        cluster.Settings, (all, _) => [ClusterSweeps.Entry(all, ClusterEngine.IdOf(sweep))], removesUnused: false, isDry: false);

    // Makes the database refuse some changes of a sweep's row.
    private Refusal Refusing(string condition, ResolvedSweep sweep) => new(cluster, $"NEW.id = '{ClusterEngine.IdOf(sweep)}' AND {condition}");

    private sealed class Refusal : IDisposable
    {
        private readonly SmallCluster _cluster;

        public Refusal(SmallCluster cluster, string condition)
        {
            _cluster = cluster;
            cluster.Execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''refused''; END'; "
                    + $"CREATE TRIGGER refusal BEFORE UPDATE ON rnnsweep_sweeps FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION refuse()");
        }

        public void Dispose() => _cluster.Execute("DROP FUNCTION refuse() CASCADE");
    }
}
