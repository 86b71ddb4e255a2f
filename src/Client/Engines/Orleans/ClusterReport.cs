using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using RnnSweep.Grains;
using RnnSweep.Silo.PostgreSql;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The sweeps and silos of a cluster.</summary>
/// <param name="Sweeps">The sweeps, in the order of submission.</param>
/// <param name="Silos">The silos that are up.</param>
/// <param name="Trouble">Why this program cannot work with the silos; null where it can.</param>
internal sealed record ClusterReport(ImmutableArray<SweepEntry> Sweeps, ImmutableArray<RunningSilo> Silos, string? Trouble = null)
{
    /// <summary>The report as tables of text.</summary>
    public string Text() => string.Join('\n',
    [
        .. Table(["SWEEP", "STATE", "PRIORITY", "CELLS", "DONE", "FAILED", "COMPUTING", "CELLS/S"], Sweeps.Select(Fields)),
        .. Sweeps.Where(sweep => sweep.Activity.Damage is not null).Select(sweep => $"{sweep.Id}: {sweep.Activity.Damage}"),
        "",
        .. Silos.IsEmpty
            ? ["no silo is up; 'rnnsweep silo' starts one"]
            : Table(["SILO", "HOST", "SINCE"], Silos.Select(silo => new[] { silo.EndPoint.ToString(), silo.Host, silo.Since.ToString("yyyy-MM-dd HH:mm:ss'Z'") })),
        .. Trouble is null ? Array.Empty<string>() : [Trouble],
    ]);

    /// <summary>The report as JSON.</summary>
    public string Json() => JsonSerializer.Serialize(
        new ClusterReportJson(
            [
                .. from sweep in Sweeps
                   let activity = ActivityOf(sweep)
                   select new SweepJson(
                       sweep.Id, sweep.Name, StateText(sweep.State), sweep.Priority, sweep.Cells, sweep.Done, sweep.Failed, activity.Computing, activity.Rate, sweep.Entered, sweep.Changed,
                       activity.Damage),
            ],
            [.. Silos.Select(silo => new SiloJson(silo.EndPoint.ToString(), silo.Host, silo.Since.UtcDateTime))]),
        ClusterJson.Default.ClusterReportJson);

    /// <summary>A state as users write it.</summary>
    public static string StateText(SweepState state) => state switch
    {
        SweepState.Active => "active",
        SweepState.Paused => "paused",
        SweepState.Cancelled => "cancelled",
        _ => "finished",
    };

    private string[] Fields(SweepEntry sweep)
    {
        SweepActivity activity = ActivityOf(sweep);
        return
        [
            sweep.Id, StateText(sweep.State), $"{sweep.Priority}", $"{sweep.Cells}", $"{sweep.Done}", $"{sweep.Failed}", $"{activity.Computing}",
            sweep.State == SweepState.Active ? activity.Rate.ToString("0.0") : "",
        ];
    }

    // What was recorded last is out of date when all silos have been killed since.
    private SweepActivity ActivityOf(SweepEntry sweep) => Silos.IsEmpty ? new SweepActivity(0, 0, sweep.Activity.Damage) : sweep.Activity;

    private static IEnumerable<string> Table(string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [header, .. rows];
        int[] widths = [.. header.Select((_, column) => all.Max(row => row[column].Length))];
        return all.Select(row => string.Join("  ", row.Select((field, column) => field.PadRight(widths[column]))).TrimEnd());
    }
}

internal sealed record ClusterReportJson(SweepJson[] Sweeps, SiloJson[] Silos);

internal sealed record SweepJson(
    string Id, string Name, string State, int Priority, long Cells, long Done, long Failed, long Computing, double CellsPerSecond, DateTimeOffset Submitted, DateTimeOffset Changed, string? Trouble);

internal sealed record SiloJson(string Address, string Host, DateTime Since);

/// <summary>The serializer of <c>status --json</c>, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ClusterReportJson))]
internal sealed partial class ClusterJson : JsonSerializerContext;
