using System.Net;
using System.Text.Json;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Grains;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Cluster.Tests;

/// <summary>What <c>rnnsweep status</c> prints.</summary>
public sealed class ClusterReportTests
{
    private static readonly DateTimeOffset s_time = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);

    private readonly SweepEntry _active = new("a-1", "a", 40, SweepState.Active, 7, s_time, s_time, 12, 1) { Activity = new SweepActivity(6, 2.25, null) };
    private readonly SweepEntry _damaged = new("b-2", "b", 5, SweepState.Paused, 5, s_time, s_time, 0, 0) { Activity = new SweepActivity(0, 0, "the matrix is damaged") };
    private readonly RunningSilo _silo = new(new IPEndPoint(IPAddress.Loopback, 11111), "host", s_time);

    [Fact]
    public void It_lists_sweeps_with_their_activity_and_damage_and_silos()
    {
        string[] lines = new ClusterReport([_active, _damaged], [_silo], "silo x has another version").Text().Split('\n');
        Assert.Equal(
            [
                "SWEEP  STATE   PRIORITY  CELLS  DONE  FAILED  COMPUTING  CELLS/S",
                "a-1    active  7         40     12    1       6          2.3",
                "b-2    paused  5         5      0     0       0",
                "b-2: the matrix is damaged",
                "",
                "SILO             HOST  SINCE",
                "127.0.0.1:11111  host  2026-05-04 03:02:01Z",
                "silo x has another version",
            ],
            lines);
    }

    [Fact]
    public void Without_silos_nothing_is_being_computed_whatever_was_recorded_last()
    {
        string text = new ClusterReport([_active], []).Text();
        Assert.Contains("a-1    active  7         40     12    1       0          0.0", text, StringComparison.Ordinal);
        Assert.EndsWith("no silo is up; 'rnnsweep silo' starts one", text, StringComparison.Ordinal);
        JsonElement sweep = JsonDocument.Parse(new ClusterReport([_active], []).Json()).RootElement.GetProperty("sweeps")[0];
        Assert.Equal((0, 0.0), (sweep.GetProperty("computing").GetInt64(), sweep.GetProperty("cells_per_second").GetDouble()));
    }

    [Fact]
    public void As_json_it_has_the_same_numbers()
    {
        JsonElement report = JsonDocument.Parse(new ClusterReport([_active, _damaged], [_silo]).Json()).RootElement;
        JsonElement first = report.GetProperty("sweeps")[0], silo = report.GetProperty("silos")[0];
        Assert.Equal(("a-1", "active", 40L, 12L), (first.GetProperty("id").GetString(), first.GetProperty("state").GetString(), first.GetProperty("cells").GetInt64(), first.GetProperty("done").GetInt64()));
        Assert.Equal((6L, 2.25), (first.GetProperty("computing").GetInt64(), first.GetProperty("cells_per_second").GetDouble()));
        Assert.Equal("the matrix is damaged", report.GetProperty("sweeps")[1].GetProperty("trouble").GetString());
        Assert.Equal(("127.0.0.1:11111", "host", s_time), (silo.GetProperty("address").GetString(), silo.GetProperty("host").GetString(), silo.GetProperty("since").GetDateTimeOffset()));
    }
}
