using RnnSweep.Client.Reports;
using RnnSweep.Client.Results;
using RnnSweep.Client.Tests.Results;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Tests.Reports;

/// <summary>A sweep with invented results, so that the report's statements are known: γ‖W‖₂ is 1.6 ρ, and unknown for gated networks.</summary>
internal sealed class SyntheticSweep : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>A sweep over some axes; <paramref name="lyapunov"/> returns λ of a replicate of a cell, NaN if it has none.</summary>
    public SyntheticSweep(IEnumerable<(string Field, string[] Values)> axes, Func<CellSpec, int, double> lyapunov, int replicates = 4, string name = "synthetic", bool hasTraces = false)
    {
        Plan = new SweepPlan(name, new CellSpec { Replicates = replicates, Weights = WeightEnsemble.Uniform, MeasuresSpectrum = hasTraces, MeasuresLags = hasTraces, MeasuresGradient = hasTraces }, [.. axes.Select(axis => Axis(axis.Field, axis.Values))]);
        Folder = new RunFolder(_folder["run"]);
        Directory.CreateDirectory(Folder.Path);
        Store = SqliteResultStore.OpenOrCreate(Folder[RunFolder.StoreFile]);
        foreach (long[] part in Enumerable.Range(0, (int)Plan.CellCount).Select(i => (long)i).Chunk(1000))
        {
            Store.Add([.. part.Select(Plan.Cell).Select(spec => Result(spec, lyapunov))], []);
        }
    }

    public SweepPlan Plan { get; }

    public RunFolder Folder { get; }

    public SqliteResultStore Store { get; }

    public Report Report => new(Folder, Plan, Store, new Theory());

    public ReportData Data => ReportData.Read(Plan, Store, spec => CellTheory.Unknown with { LyapunovMax = Math.Log(spec.SpectralRadius) });

    /// <summary>The sentences of the report, with ordinary spaces.</summary>
    public string Words => string.Join('\n', Report.Words(Data));

    public static string[] Values(double from, double to, int count) =>
        [.. Enumerable.Range(0, count).Select(i => CanonicalText.Of(Math.Round(from + (i * (to - from) / (count - 1)), 10)))];

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
    }

    private static ListAxis Axis(string name, string[] values)
    {
        SweepField field = SweepFields.Find(name)!;
        return new ListAxis(field, [.. values.Select(text => field.TryRead(text, out FieldValue? value, out string? problem) ? value : throw new ArgumentException(problem))]);
    }

    private static CellResult Result(CellSpec spec, Func<CellSpec, int, double> lyapunov) =>
        new(spec, CellKey.Of(spec), [.. Enumerable.Range(0, spec.Replicates).Select(r => Replicate(spec, r, lyapunov(spec, r)))]);

    private static Numbers Falling(int count) => new([.. Enumerable.Range(1, count).Select(i => -0.1 * i)]);

    private static Reading Replicate(CellSpec spec, int replicate, double lyapunov)
    {
        double norm = lyapunov * spec.SequenceLength / Math.Log(10);
        double ofSpectrum = spec.MeasuresSpectrum ? norm : double.NaN;
        return new Reading
        {
            Replicate = replicate,
            Log10SpectralNorm = norm,
            Log10FrobeniusNorm = norm,
            Log10AbsDeterminant = norm,
            LyapunovMean = norm,
            Omega = norm,
            LyapunovMaxSlope = lyapunov,
            LyapunovMaxWithinSem = Math.Abs(lyapunov),
            Converged = double.IsNaN(norm) ? null : true,
            MeanSlope = norm,
            MeanLogSlope = norm,
            Log10PathBound = norm,
            WeightsSpectralNorm = norm,
            Log10MinSingularValue = ofSpectrum,
            Log10ConditionNumber = ofSpectrum,
            UnstableFraction = ofSpectrum,
            EntropyRate = ofSpectrum,
            KaplanYorkeDimension = ofSpectrum,
            SumRuleResidual = ofSpectrum,
            Log10GradientNorm = norm,
            LyapunovMax = lyapunov,
            Log10PascanuBound = spec.Network == NetworkKind.Rnn ? spec.SequenceLength * Math.Log10(1.6 * spec.SpectralRadius) : double.NaN,
            Status = double.IsNaN(norm) ? ReplicateStatus.StateOverflow : ReplicateStatus.Ok,
            StatusStep = double.IsNaN(norm) ? 1 : null,
            Spectrum = spec.MeasuresSpectrum ? new SpectrumResult { Log10SingularValues = Falling(spec.HiddenSize) } : null,
            Log10WeightsGradient = spec.MeasuresGradient ? norm + 2 : double.NaN,
            GradientLags = spec.MeasuresGradient && spec.MeasuresLags
                ? new GradientLagsResult { Log10Terms = Falling(LagGrid.Of(spec).Length), Log10PartialSums = Falling(LagGrid.Of(spec).Length) }
                : null,
            Lags = spec.MeasuresLags ? new LagsResult { Log10SpectralNorms = Falling(LagGrid.Of(spec).Length), Log10FrobeniusNorms = Falling(LagGrid.Of(spec).Length) } : null,
        };
    }
}
