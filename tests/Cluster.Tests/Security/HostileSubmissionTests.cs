using System.Text.Json;
using RnnSweep.Cluster.Tests.PostgreSql;
using RnnSweep.Core.Sweeps;
using RnnSweep.Grains;
using RnnSweep.Silo;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests.Security;

/// <summary>Submissions that this program's client would never send or that are too large: each gets a message as its answer, and none is stored.</summary>
[Collection(PostgreSqlTests.Name)]
public sealed class HostileSubmissionTests(PostgreSqlServer server)
{
    private const string Value = """{"Text":"4"}""";

    [SkippableFact]
    public async Task A_hostile_submission_is_refused_with_a_message()
    {
        string connection = server.CreateDatabase();
        await using ClusterDatabase database = await ClusterDatabase.OpenOrCreate(connection);
        await using ClusterSilo silo = await SmallSilo.Start(database);
        await using ClusterConnection client = await ClusterConnection.Open(database, null, null, CancellationToken.None);

        foreach ((SweepSubmission submission, string said) in Submissions())
        {
            string id = IdOf(submission.Description);
            string? answer = await client.Grains.GetGrain<ISweepGrain>(id).Submit(submission);

            Assert.NotNull(answer);
            Assert.True(answer.Contains(said, StringComparison.Ordinal), $"{submission.Description?[..Math.Min(200, submission.Description.Length)]}: {answer}");
            Assert.True(answer.Length < 500, answer);
        }

        string good = Description("s", Setting("hidden_size", Value));
        Assert.Contains("was submitted as other", await client.Grains.GetGrain<ISweepGrain>("other").Submit(new SweepSubmission(good, [])), StringComparison.Ordinal);
        Assert.Equal(0, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_sweeps"));
        Assert.Equal(0, PostgreSqlServer.Read<long>(connection, "SELECT count(*) FROM rnnsweep_matrices"));

        // The silo still works.
        ISweepGrain sweep = client.Grains.GetGrain<ISweepGrain>(IdOf(good));
        Assert.Null(await sweep.Submit(new SweepSubmission(good, [])));
        DateTime deadline = DateTime.UtcNow.AddMinutes(1); // a hang guard
        while (!(await sweep.Progress())!.IsFinished)
        {
            Assert.True(DateTime.UtcNow < deadline);
            await Task.Delay(100);
        }
    }

    private static IEnumerable<(SweepSubmission Submission, string Said)> Submissions()
    {
        string good = Description("s", Setting("hidden_size", Value));
        string needsMatrix = Description("s", Setting("weights", """{"Text":"w.npy","Digest":"00"}"""));
        SubmittedMatrix ok = new(1, 1, [1.0]);

        // A missing description.
        yield return (new(null!, []), "needs a description");
        foreach (string text in new[] { "", "no JSON", "[]", "7", "{", "\0", new string('[', 5000), $"{{\"Name\":{new string('[', 2000)}" })
        {
            yield return (new(text, []), "no description of a sweep");
        }

        // Missing or null parts.
        foreach (string text in new[]
        {
            "null", "{}", """{"Name":null,"Settings":[]}""", """{"Name":"s"}""", """{"Name":"s","Settings":[null]}""",
            """{"Name":"s","Settings":[{}]}""", """{"Name":"s","Settings":[{"Field":null,"Values":[]}]}""", """{"Name":"s","Settings":[{"Field":"hidden_size"}]}""",
            Description("s", Setting("hidden_size", "null")), Description("s", Setting("hidden_size", """{"Text":null}""")),
        })
        {
            yield return (new(text, []), "needs a name and settings");
        }

        yield return (new("""{"Name":"s","Settings":null}""", []), "description");
        yield return (new("""{"Name":"s","Settings":[{"Field":"hidden_size","Values":null}]}""", []), "description");

        // A name that would be a path to another folder on the client that downloads the sweep.
        foreach (string name in new[] { "../../etc", "a/b", "", "-rf", ".", new string('a', 101) })
        {
            yield return (new(Description(name, Setting("hidden_size", Value)), []), "name must be");
        }

        // Invalid values.
        yield return (new(Description("s", Setting("hidden_size", "")), []), "1 to 10000000 values");
        yield return (new(Description("s", Setting("no_such_field", Value)), []), "no field no_such_field");
        yield return (new(Description("s", Setting("hidden_size", """{"Text":"-4"}""")), []), "hidden_size must be");
        yield return (new(Description("s", Setting("hidden_size", Value), Setting("hidden_size", Value)), []), "given twice");
        yield return (new(Description("s", Setting("hidden_size", $$"""{"Text":"w.npy","Digest":"{{ok.Read().Digest()}}"}""")), [ok]), "hidden_size holds no matrix");

        // Ranges.
        foreach ((string range, string said) in new[]
        {
            ("{}", "a range needs"), ("""{"From":"1"}""", "a range needs"), ("""{"From":"a","To":"b","Count":"c"}""", "must be"),
            ("""{"From":"0","To":"1","Count":"99999999999999999999"}""", "count must be"), ("""{"From":"0","To":"1","Step":"1e-300"}""", "at most 10000000 values"),
            ("""{"From":"0","To":"1e308","Step":"0"}""", "step must be"), ("""{"From":"1","To":"0","Step":"5"}""", "step must be"),
            ("""{"From":"0","To":"1","Count":"5","Scale":"cubic"}""", "scale must be"), ("""{"From":"0","To":"1","Count":"101"}""", "may have 100 cells"),
            ("""{"From":"0","To":"1","Count":"10000000"}""", "may have 100 cells"),
        })
        {
            yield return (new(Description("s", Range("spectral_radius", range)), []), said);
        }

        string million = """{"From":"1","To":"2","Count":"10000000"}""";
        yield return (new(Description("s", [.. new[] { "spectral_radius", "bias", "input_scale", "bias_scale" }.Select(field => Range(field, million))]), []), "cells");

        // Limits.
        yield return (new(Description("s", Setting("hidden_size", """{"Text":"5000"}""")), []), "of memory on this cluster");
        yield return (new(new string(' ', 10_001), []), "10000 bytes");
        yield return (new(good, [new(100, 100, [.. new double[10_000]])]), "10000 bytes");

        // Matrices.
        yield return (new(good, default), "every matrix its values");
        yield return (new(good, [null!]), "every matrix its values");
        yield return (new(good, [new(1, 1, default)]), "every matrix its values");
        foreach ((int rows, int columns, int values) in new[] { (2, 2, 3), (-2, -2, 4), (-1, 1, 1), (int.MaxValue, int.MaxValue, 1), (1 << 16, 1 << 16, 0), (0, 0, 0), (0, 5, 0) })
        {
            yield return (new(good, [new(rows, columns, [.. new double[values]])]), "a matrix of");
        }

        yield return (new(needsMatrix, []), "a matrix that did not come with it, 00");
        yield return (new(needsMatrix, [ok, ok]), "a matrix that did not come with it, 00");
    }

    private static string Description(string name, params string[] settings) => $$"""{"Name":{{JsonSerializer.Serialize(name)}},"Settings":[{{string.Join(',', settings)}}]}""";

    private static string Setting(string field, string values) => $$"""{"Field":"{{field}}","IsAxis":false,"Values":[{{values}}]}""";

    private static string Range(string field, string range) => $$"""{"Field":"{{field}}","IsAxis":true,"Range":{{range}},"Values":[]}""";

    // The id that the silo computes, so that the id check passes and the other checks run.
    private static string IdOf(string? description)
    {
        try
        {
            return JsonSerializer.Deserialize<SweepDescription>(description!) is { Name: not null, Settings.IsDefault: false } parsed ? parsed.Id : "s";
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NullReferenceException or InvalidOperationException)
        {
            return "s-000000000000";
        }
    }
}
