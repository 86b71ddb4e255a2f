using RnnSweep.Client.Reports.Figures;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using Serilog;

namespace RnnSweep.Client.Reports;

/// <summary>
/// Writes the report of a run's stored results: one page that loads nothing from the network, and each figure as a file. The same results give the same bytes,
/// apart from the times and machines in the manifest.
/// </summary>
/// <param name="folder">The run's folder; its manifest is the provenance. Null where the results are in no folder: then there is a page alone.</param>
/// <param name="plan">The cells.</param>
/// <param name="store">Their results.</param>
/// <param name="theory">The predictions of theory, shared with the tables because it caches them.</param>
internal sealed class Report(RunFolder? folder, SweepPlan plan, IResultStore store, Theory theory)
{
    /// <summary>The folder of the figures, in the run's folder.</summary>
    public const string FiguresFolder = "figures";

    /// <summary>The cells.</summary>
    public SweepPlan Plan => plan;

    /// <summary>The search along an axis; null where the sweep has none.</summary>
    public LocatingSearch? Search { get; private init; }

    /// <summary>The sweep file of results that are in no folder.</summary>
    public SweepListing? Listing { get; init; }

    private IReadOnlyDictionary<string, string> Labels => field ??= SweepListing.Labels(Listing?.Text ?? SweepListing.TextOf(folder));

    private ReportData? _gathered;
    private bool _gatheringFailed;

    /// <summary>All exponents that theory gives for a cell, descending, in nats per step; null where it gives none.</summary>
    public Func<CellSpec, IReadOnlyList<double>?> TheorySpectrum { get; init; } = spec => Exponents(theory, spec);

    /// <summary>The sentences of the page that was written; empty before.</summary>
    public IReadOnlyList<string> Sentences { get; private set; } = [];

    /// <summary>
    /// The report of a sweep. Where a search along an axis has points that not all of its lines have, its cells are those of the grid from which it started, because figures and tables need
    /// all values of an axis for every value of the others.
    /// </summary>
    public static Report Of(RunFolder folder, SweepPlan plan, IResultStore store, Theory theory, LocatingSearch? search) =>
        new(folder, search is not null && plan.Whole != plan ? search.Grid : plan, store, theory) { Search = search };

    /// <summary>Takes a cell while tables are written, so that the report does not read it again. To be called with all cells, in the plan's order.</summary>
    public void Gather(ExportedCell cell)
    {
        if (_gatheringFailed)
        {
            return;
        }

        try
        {
            (_gathered ??= new ReportData(plan, theory.OfMeasured, Labels)).Add(cell);
        }
#pragma warning disable CA1031 // any error: the tables do not depend on it; the report will read the cells itself, and name the error
        catch (Exception)
#pragma warning restore CA1031
        {
            (_gathered, _gatheringFailed) = (null, true);
        }
    }

    /// <summary>
    /// Writes the page and the figures, each file whole or not at all. A figure or a block of sentences that fails is left out; the page and
    /// <see cref="ReportCounts.Troubles"/> name it.
    /// </summary>
    /// <exception cref="StoreUnreachableException">The page cannot be written, or the folder cannot be read.</exception>
    /// <exception cref="StoreDamagedException">A stored result cannot be read; the previous files are kept.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; each file is the previous one or a new one.</exception>
    public ReportCounts Write(CancellationToken cancellation = default) => Folder.Access(() =>
    {
        ReportData data = Read(cancellation);
        var parts = new ReportParts(cancellation);
        FigureSection[] sections = Sections(data, parts);
        IReadOnlyList<string> words = Words(data, parts, store, Search);
        Sentences = words;
        parts.Try("the folder of the figures cannot be written", () => WriteFigures(sections, cancellation));
        Folder.Write(
            RunFolder.ReportFile,
            stream => Page(data, sections, [.. words, .. parts.Troubles], ExistingTables()).Write(stream, cancellation));
        return new ReportCounts(data.Done, data.Failed, data.Missing) { Troubles = parts.Troubles };
    });

    /// <summary>Writes the report after the tables. An error is printed to the error stream, and does not fail the run.</summary>
    public ReportOutcome TryWrite(CancellationToken cancellation)
    {
        try
        {
            ReportCounts counts = Write(cancellation);
            counts.PrintTroubles();
            return counts.Troubles.Count == 0 ? ReportOutcome.Written : ReportOutcome.Incomplete;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("the tables are written, but the report is not: interrupted; 'rnnsweep report DIR' writes it");
            return ReportOutcome.Interrupted;
        }
#pragma warning disable CA1031 // any error: the results are stored, and the tables written
        catch (Exception error)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine($"the tables are written, but the report is not: {error.Message}");
            Log.Warning(error, "No report");
            return ReportOutcome.NotWritten;
        }
    }

    /// <summary>Writes only the page, of what is stored so far, to any stream.</summary>
    /// <param name="stream">The target.</param>
    /// <param name="cancellation">Ends it.</param>
    public void WritePage(Stream stream, CancellationToken cancellation = default)
    {
        ReportData data = Read(cancellation);
        var parts = new ReportParts(cancellation);
        FigureSection[] sections = Sections(data, parts);
        string[] words = [.. Words(data, parts, store, Search), .. parts.Troubles];
        Page(data, sections, words, []).Write(stream, cancellation);
    }

    /// <summary>Sentences about the results.</summary>
    internal static IReadOnlyList<string> Words(ReportData data, ReportParts? parts = null, IResultStore? store = null, LocatingSearch? search = null)
    {
        parts ??= new ReportParts(data.Cancellation);
        var shape = new SweepShape(data);
        var words = new List<string>();
        foreach ((string subject, Func<IEnumerable<string>> block) in new (string, Func<IEnumerable<string>>)[]
        {
            ("the network", () => store is null ? [] : NetworkWords.Of(data, store)),
            ("the critical values", () => search is null ? [] : CriticalWords.Of(search)),
            ("the transition", () => TransitionWords.Of(shape)),
            ("the outcomes", () => OutcomeWords.Of(shape)),
            ("the theory", () => TheoryWords.Of(shape)),
            ("what is missing", () => StatusWords.Of(data)),
        })
        {
            parts.Try($"sentences about {subject} cannot be made", () => words.AddRange([.. block()]));
        }

        return words;
    }

    private RunFolder Folder => folder ?? throw new InvalidOperationException("the results are in no folder");

    private FigureSection[] Sections(ReportData data, ReportParts parts)
    {
        if (data.Cells.Count == 0)
        {
            return [];
        }

        var shape = new SweepShape(data);
        var traces = new TraceCurves(store, TheorySpectrum);
        var leading = new LeadingCurves(store);
        var sections = new List<FigureSection>();
        foreach ((string name, Func<FigureSection?> draw) in (IEnumerable<(string, Func<FigureSection?>)>)
        [
            ("critical", () => Search is null ? null : CriticalFigure.Section(data, Search)),
            ("phase-diagram", () => PhaseDiagram.Section(data)),
            ("cuts", () => CutCurves.Section(shape)),
            ("growth", () => GrowthCurves.Section(shape)),
            ("exponent", () => ExponentCurves.Section(shape)),
            ("gradient", () => GradientCurves.Section(shape)),
            ("outcomes", () => OutcomeFractions.Section(shape)),
            ("replicates", () => ReplicateSpread.Section(shape)),
            ("leading", () => leading.Exponents(shape)),
            ("history", () => leading.History(shape)),
            ("spectrum", () => traces.Spectrum(shape)),
            ("spectrum-near-0", () => traces.SpectrumNearZero(shape)),
            .. StatisticCurves.All(shape),
            ("lags", () => traces.Lags(shape)),
            ("gradient-lags", () => traces.GradientLags(shape)),
            ("lag-map", () => LagMap.Section(shape, store)),
        ])
        {
            parts.Try($"the figure {name} cannot be drawn", () => sections.AddRange(draw() is { } section ? [section] : []));
        }

        return [.. sections];
    }

    private void WriteFigures(FigureSection[] sections, CancellationToken cancellation)
    {
        var figures = new RunFolder(Folder[FiguresFolder]);
        Directory.CreateDirectory(figures.Path);
        AtomicFile.RemoveStale(figures.Path);
        HashSet<string> written = [];
        foreach (Figure figure in sections.SelectMany(section => section.Panels))
        {
            cancellation.ThrowIfCancellationRequested();
            written.Add($"{figure.Name}.svg");
            figures.Write($"{figure.Name}.svg", stream => stream.Write(FigureFile.Of(figure)));
        }

        RemoveOld(figures, written);
    }

    // More than 100 points could not be distinguished. Exponents beyond the rank are −∞, and are left out.
    private static double[]? Exponents(Theory theory, CellSpec spec) =>
        theory.Exponents(spec, count: 100) is { } exponents ? [.. exponents.Select(e => double.IsFinite(e) ? e : double.NaN)] : null;

    private ReportData Read(CancellationToken cancellation)
    {
        ReportData data = _gathered ?? ReportData.Read(plan, store, theory.OfMeasured, Labels, cancellation);
        data.Cancellation = cancellation;
        return data;
    }

    // Of an unfinished run, or with another format, not all tables may be there.
    private string[] ExistingTables() => [.. RunFolder.OutputFiles(Search?.Grid ?? plan, isReported: false).Where(file => File.Exists(Folder[file]))];

    private ReportPage Page(ReportData data, FigureSection[] sections, IReadOnlyList<string> words, IReadOnlyList<string> tables)
    {
        Manifest? manifest = folder is null ? null : Manifest.Read(folder);
        return new ReportPage(data, sections, words, manifest, Listing ?? SweepListing.Read(Folder, manifest), tables);
    }

    // Figures of an earlier report with other axes would be mistaken for this one's. Other SVG files are kept.
    private static void RemoveOld(RunFolder figures, HashSet<string> written)
    {
        foreach (string file in Directory.EnumerateFiles(figures.Path, "*.svg").Where(file => !written.Contains(Path.GetFileName(file)) && FigureFile.IsReportFigure(file)))
        {
            AtomicFile.TryDelete(file);
        }
    }
}
