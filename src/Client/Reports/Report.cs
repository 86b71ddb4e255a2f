using RnnSweep.Client.Reports.Figures;
using RnnSweep.Client.Reports.Words;
using RnnSweep.Client.Results;
using RnnSweep.Client.Runs;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports;

/// <summary>
/// The report of a run, of what is stored of it at the time: one page that needs no network, and its figures as files of their own. The same results
/// give the same bytes, apart from what the manifest says of times and machines.
/// </summary>
/// <param name="folder">The run's folder; its manifest is the provenance, and spectrum.csv and lags.csv have figures where they are there.</param>
/// <param name="plan">The cells.</param>
/// <param name="store">Their results.</param>
/// <param name="theory">What theory says of them, which the tables may have asked already.</param>
internal sealed class Report(RunFolder folder, SweepPlan plan, IResultStore store, Theory theory)
{
    /// <summary>The folder of the figures, in the run's folder.</summary>
    public const string FiguresFolder = "figures";

    /// <summary>All exponents that theory gives for a cell, descending, in nats per step; null where it gives none.</summary>
    public Func<CellSpec, IReadOnlyList<double>?> TheorySpectrum { get; init; } = spec => Exponents(theory.Spectrum(spec));

    /// <summary>Writes the page and the figures, each file whole or not at all.</summary>
    /// <exception cref="StoreUnreachableException">A file cannot be written; those before are still there.</exception>
    /// <exception cref="StoreDamagedException">A stored result cannot be read; the files before are still there.</exception>
    public ReportCounts Write(CancellationToken cancellation = default) => folder.Access(() =>
    {
        ReportData data = Read(cancellation);
        FigureSection[] sections = Sections(data);
        var figures = new RunFolder(folder[FiguresFolder]);
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
        folder.Write(RunFolder.ReportFile, stream => new ReportPage(data, sections, Words(data), Manifest.Read(folder), SweepText()).Write(stream));
        return new ReportCounts(data.Done, data.Failed, data.Missing);
    });

    /// <summary>
    /// Writes the report beside tables that are written: trouble with it is said on the error stream, and takes nothing from the run. Whether it is
    /// there.
    /// </summary>
    public bool TryWrite(CancellationToken cancellation)
    {
        try
        {
            Write(cancellation);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
#pragma warning disable CA1031 // whatever it is: the results are there, and so are the tables
        catch (Exception error)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine($"the tables are written, but the report is not: {error.Message}");
            RunLog.Current?.Warning(error, "No report");
            return false;
        }
    }

    /// <summary>Writes the page alone, of what is stored so far, to any stream.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="refreshSeconds">After how many seconds a browser loads the page again; null for never.</param>
    /// <param name="cancellation">Ends it.</param>
    public void WritePage(Stream stream, int? refreshSeconds = null, CancellationToken cancellation = default)
    {
        ReportData data = Read(cancellation);
        new ReportPage(data, Sections(data), Words(data), Manifest.Read(folder), SweepText()) { RefreshSeconds = refreshSeconds }.Write(stream);
    }

    /// <summary>What the numbers say, in sentences.</summary>
    internal static IReadOnlyList<string> Words(ReportData data)
    {
        var shape = new SweepShape(data);
        return [.. TransitionWords.Of(shape), .. OutcomeWords.Of(shape), .. TheoryWords.Of(shape), .. StatusWords.Of(data)];
    }

    private FigureSection[] Sections(ReportData data)
    {
        if (data.Cells.Count == 0)
        {
            return [];
        }

        var shape = new SweepShape(data);
        FigureSection?[] all =
        [
            PhaseDiagram.Section(data),
            GrowthCurves.Section(shape),
            ExponentCurves.Section(shape),
            OutcomeFractions.Section(shape),
            ReplicateSpread.Section(shape),
            .. new TraceCurves(folder, TheorySpectrum).Sections(shape),
        ];
        return [.. all.OfType<FigureSection>()];
    }

    // A curve, of as many points as one can see; where the rank has ended there is none.
    private static double[]? Exponents(LyapunovSpectrum? spectrum)
    {
        const int points = 100;
        return spectrum is null ? null : [.. Enumerable.Range(0, points).Select(i => spectrum.Exponent((i + 0.5) / points)).Select(e => double.IsFinite(e) ? e : double.NaN)];
    }

    private ReportData Read(CancellationToken cancellation) => ReportData.Read(plan, store, theory.OfMeasured, cancellation);

    private string SweepText() => File.Exists(folder[RunFolder.SweepFile]) ? File.ReadAllText(folder[RunFolder.SweepFile]) : "";

    // Figures of a sweep that had other axes then would be taken for this one's. What is no figure of a report is left alone.
    private static void RemoveOld(RunFolder figures, HashSet<string> written)
    {
        foreach (string file in Directory.EnumerateFiles(figures.Path, "*.svg").Where(file => !written.Contains(Path.GetFileName(file)) && FigureFile.IsOne(file)))
        {
            AtomicFile.TryDelete(file);
        }
    }
}

/// <summary>Where the cells of a sweep stand that a report is about.</summary>
internal sealed record ReportCounts(long Done, long Failed, long Missing);
