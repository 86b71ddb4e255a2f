using RnnSweep.Cluster.Tests.PostgreSql;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Submissions that this program's client would never send or that are too large: each gets a message as its answer, and none is stored.</summary>
[Collection(SecurityTests.Name)]
public sealed class HostileSubmissionTests(PostgreSqlServer server)
{
    private const string Good = "name: s\nhidden_size: 4\n";

    [SkippableFact]
    public async Task A_hostile_submission_is_refused_with_a_message()
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        await using ClusterSilo silo = await SmallSilo.Start(database);
        await using ClusterConnection client = await ClusterConnection.Open(database, null, null, CancellationToken.None);

        foreach ((SweepSubmission submission, string said) in Submissions())
        {
            string id = IdOf(submission.Text);
            string? answer = await client.Grains.GetGrain<ISweepGrain>(id).Submit(submission);

            Assert.NotNull(answer);
            Assert.True(answer.Contains(said, StringComparison.Ordinal), $"{submission.Text?[..Math.Min(200, submission.Text.Length)]}: {answer}");
            Assert.True(answer.Length < 1000, answer); // the longest lists all fields
        }

        Assert.Contains("was submitted as other", await client.Grains.GetGrain<ISweepGrain>("other").Submit(new SweepSubmission(Good, [])), StringComparison.Ordinal);
        Assert.Equal(0, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_sweeps"));
        Assert.Equal(0, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_matrices"));

        // The silo is as well as before.
        ISweepGrain sweep = client.Grains.GetGrain<ISweepGrain>(IdOf(Good));
        Assert.Null(await sweep.Submit(new SweepSubmission(Good, [])));
        DateTime deadline = DateTime.UtcNow.AddMinutes(1); // a hang guard
        while (!(await sweep.Progress())!.IsFinished)
        {
            Assert.True(DateTime.UtcNow < deadline);
            await Task.Delay(100);
        }
    }

    private static IEnumerable<(SweepSubmission Submission, string Said)> Submissions()
    {
        string needsMatrix = "name: s\nweights: 00/w.npy\n";
        SubmittedMatrix ok = new(1, 1, [1.0]);

        // No sweep file.
        yield return (new(null!, []), "needs a sweep file");
        foreach (string text in new[] { "no YAML", "[]", "7", "{", "\0", new string('[', 5000), $"name: {new string('[', 2000)}", "a: &a [*a]", "{\"name\":\"s\"", "a\ud800b: 1", "!!binary x" })
        {
            yield return (new(text, []), "sweep:1:");
        }

        // Without a name, or with one that would be another folder for the user who fetches the sweep.
        yield return (new("", []), "the file is empty");
        yield return (new("hidden_size: 4", []), "needs a name");
        foreach (string name in new[] { "../../etc", "a/b", "\"\"", "-rf", ".", new string('a', 101), "[a]", "{ a: b }" })
        {
            yield return (new($"name: {name}\nhidden_size: 4\n", []), "name must be");
        }

        // Values that are not allowed.
        yield return (new("name: s\nhidden_size: []\n", []), "at least one value");
        yield return (new("name: s\nhidden_size: [[1]]\n", []), "plain values");
        yield return (new("name: s\nno_such_field: 4\n", []), "no_such_field");
        yield return (new("name: s\nhidden_size: -4\n", []), "hidden_size must be");
        yield return (new("name: s\nhidden_size: 4\nhidden_size: 4\n", []), "given twice");
        yield return (new($"name: s\nhidden_size: {ok.Read().Digest()}/w.npy\n", [ok]), "hidden_size must be");
        yield return (new("name: s\nhidden_size: 4\nstatistics: [[lags]]\n", []), "plain values");

        // Ranges.
        foreach ((string range, string said) in new[]
        {
            ("{}", "a range needs"), ("{ from: 1 }", "a range needs"), ("{ from: a, to: b, count: c }", "must be"),
            ("{ from: 0, to: 1, count: 99999999999999999999 }", "count must be"), ("{ from: 0, to: 1, step: 1e-300 }", "at most 10000000 values"),
            ("{ from: 0, to: 1e308, step: 0 }", "step must be"), ("{ from: 1, to: 0, step: 5 }", "step must be"),
            ("{ from: 0, to: 1, count: 5, scale: cubic }", "scale must be"), ("{ from: 0, to: 1, count: 101 }", "may have 100 cells"),
            ("{ from: 0, to: 1, count: 10000000 }", "may have 100 cells"),
        })
        {
            yield return (new($"name: s\nspectral_radius: {range}\n", []), said);
        }

        const string Million = "{ from: 1, to: 2, count: 10000000 }";
        yield return (new($"name: s\nspectral_radius: {Million}\nbias: {Million}\ninput_scale: {Million}\nbias_scale: {Million}\n", []), "cells");

        // A matrix that is no trained network.
        yield return (new($"name: s\nnetwork: {ok.Read().Digest()}/model.safetensors\n", [ok]), "not that of a trained network");

        // A file of the silo's machine, which it must not open.
        foreach (string path in new[] { "/etc/passwd.npy", "../w.npy", "w.npy", "/dev/zero.npy", "~/.npy" })
        {
            yield return (new($"name: s\nweights: {path}\n", [ok]), "a matrix");
        }

        // Limits.
        yield return (new("name: s\nhidden_size: 5000\n", []), "of memory on this cluster");
        yield return (new(new string(' ', 10_001), []), "10000 bytes");
        yield return (new(Good, [new(100, 100, [.. new double[10_000]])]), "10000 bytes");

        // Matrices.
        yield return (new(Good, default), "every matrix its values");
        yield return (new(Good, [null!]), "every matrix its values");
        yield return (new(Good, [new(1, 1, default)]), "every matrix its values");
        foreach ((int rows, int columns, int values) in new[] { (2, 2, 3), (-2, -2, 4), (-1, 1, 1), (int.MaxValue, int.MaxValue, 1), (1 << 16, 1 << 16, 0), (0, 0, 0), (0, 5, 0) })
        {
            yield return (new(Good, [new(rows, columns, [.. new double[values]])]), "a matrix of");
        }

        yield return (new(needsMatrix, []), "a matrix that did not come with it, 00/w.npy");
        yield return (new(needsMatrix, [ok, ok]), "a matrix that did not come with it, 00/w.npy");
    }

    // The id that the silo computes, so that it goes on to check the rest; where the text gives no name, any other.
    private static string IdOf(string? text)
    {
        string? name = text?.Split('\n').FirstOrDefault(line => line.StartsWith("name: ", StringComparison.Ordinal))?["name: ".Length..];
        return name is null ? "s-000000000000" : StoredSweep.IdOf(name, text!);
    }
}
