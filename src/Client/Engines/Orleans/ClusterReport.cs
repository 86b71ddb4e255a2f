using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using RnnSweep.Grains;

namespace RnnSweep.Client.Engines.Orleans;

/// <summary>The sweeps and silos of a cluster.</summary>
/// <param name="Sweeps">The sweeps, in the order of submission.</param>
/// <param name="Silos">The silos that are up.</param>
/// <param name="Trouble">Why no silo could be asked; null where one was.</param>
internal sealed record ClusterReport(ImmutableArray<SweepLine> Sweeps, ImmutableArray<SiloLine> Silos, string? Trouble = null)
{
    /// <summary>The report as tables of text.</summary>
    public string Text() => string.Join('\n',
    [
        .. Table(["SWEEP", "STATE", "PRIORITY", "CELLS", "DONE", "FAILED", "COMPUTING", "CELLS/S"], Sweeps.Select(sweep => sweep.Fields)),
        .. Sweeps.Where(sweep => sweep.Trouble is not null).Select(sweep => $"{sweep.Entry.Id}: {sweep.Trouble}"),
        "",
        .. Silos.IsEmpty ? [Trouble ?? "no silo is up; 'rnnsweep silo' starts one"] : Table(["SILO", "HOST", "SINCE"], Silos.Select(silo => silo.Fields)),
    ]);

    /// <summary>The report as JSON.</summary>
    public string Json() => JsonSerializer.Serialize(
        new ClusterReportJson(
            [
                .. Sweeps.Select(sweep => new SweepJson(
                    sweep.Entry.Id, sweep.Entry.Name, SweepLine.Text(sweep.State), sweep.Entry.Priority, sweep.Entry.Cells, sweep.Done, sweep.Failed, sweep.Leased, sweep.Rate,
                    sweep.Entry.Entered, sweep.Entry.Changed, sweep.Trouble)),
            ],
            [.. Silos.Select(silo => new SiloJson(silo.Address, silo.Host, silo.Since))]),
        ClusterJson.Default.ClusterReportJson);

    private static IEnumerable<string> Table(string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [header, .. rows];
        int[] widths = [.. header.Select((_, column) => all.Max(row => row[column].Length))];
        return all.Select(row => string.Join("  ", row.Select((field, column) => field.PadRight(widths[column]))).TrimEnd());
    }
}

/// <summary>A sweep in the report.</summary>
/// <param name="Entry">Its entry in the database.</param>
/// <param name="State">Its state.</param>
/// <param name="Done">Number of cells that are done.</param>
/// <param name="Failed">Number of cells that have failed.</param>
/// <param name="Leased">Number of cells that are being computed.</param>
/// <param name="Rate">Cells per second.</param>
/// <param name="Trouble">Why it cannot be computed, or its grain cannot be asked; null otherwise.</param>
internal sealed record SweepLine(SweepEntry Entry, SweepState State, long Done, long Failed, long Leased, double Rate, string? Trouble)
{
    /// <summary>A state as users write it.</summary>
    public static string Text(SweepState state) => state switch
    {
        SweepState.Active => "active",
        SweepState.Paused => "paused",
        SweepState.Cancelled => "cancelled",
        _ => "finished",
    };

    public string[] Fields =>
    [
        Entry.Id, Text(State), Number(Entry.Priority), Number(Entry.Cells), Number(Done), Number(Failed), Number(Leased), State == SweepState.Active ? Rate.ToString("0.0") : "",
    ];

    private static string Number(long value) => value.ToString();
}

/// <summary>A silo in the report.</summary>
internal sealed record SiloLine(string Address, string Host, DateTime Since)
{
    public string[] Fields => [Address, Host, Since.ToString("yyyy-MM-dd HH:mm:ss'Z'")];
}

internal sealed record ClusterReportJson(SweepJson[] Sweeps, SiloJson[] Silos);

internal sealed record SweepJson(
    string Id, string Name, string State, int Priority, long Cells, long Done, long Failed, long Computing, double CellsPerSecond, DateTimeOffset Submitted, DateTimeOffset Changed, string? Trouble);

internal sealed record SiloJson(string Address, string Host, DateTime Since);

/// <summary>The serializer of <c>status --json</c>, generated at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ClusterReportJson))]
internal sealed partial class ClusterJson : JsonSerializerContext;
