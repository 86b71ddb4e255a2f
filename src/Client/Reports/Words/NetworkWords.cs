using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports.Words;

/// <summary>Sentences about trained networks: how far back their gradients reach, what is left, which layer and which gates limit them, and how many directions carry them.</summary>
internal static class NetworkWords
{
    private const int MostCells = 200;

    // A gate or the whole product carries a gradient by itself where the other differs by less than a factor of ten.
    private const double OneDecade = 1;

    // A direction carries a gradient where its singular value exceeds this.
    private const double Log10Carried = -3;

    private static readonly string[] s_axes = [SweepFields.Network.Name, "layer", "direction", "sequence_length"];

    private static readonly ReadingColumn s_halving = Column("halving_lag"), s_gradient = Column("log10_gradient_norm"), s_slope = Column("mean_slope"), s_memory = Column("log10_memory_path"),
        s_saturated = Column("saturated_fraction"), s_forget = Column("forget_gate_mean"), s_update = Column("update_gate_mean");

    /// <summary>The sentences; none where the sweep is not one of trained networks and their layers that measures lags.</summary>
    public static IEnumerable<string> Of(ReportData data, IResultStore store)
    {
        int length = data.AxisOf("sequence_length");
        ReportCell[] cells =
        [
            .. data.Cells.Where(cell => cell.Spec is { NetworkDigest: not null, MeasuresLags: true } && cell.Summary is not null
                && (length < 0 || cell.Places[length] == data.Axes[length].Count - 1)),
        ];
        if (cells.Length is 0 or > MostCells || data.Axes.Any(axis => !s_axes.Contains(axis.Name)) || cells[0].Spec.InputDigest is null)
        {
            yield break;
        }

        int network = data.AxisOf(SweepFields.Network.Name);
        ReportCell[] whole = [.. cells.Where(cell => cell.Spec.Layer is null || cells.All(other => other.Spec.Layer is not null))];
        yield return Subject(cells, network >= 0 && data.Axes[network].Count > 1 ? data.Axes[network].Count : 1);
        if (whole.Length == 1)
        {
            foreach (string sentence in Sentences(whole[0], store))
            {
                yield return sentence;
            }
        }
        else
        {
            foreach (ReportCell cell in whole)
            {
                yield return $"{Label(data, cell, "sequence_length", "layer")}: {string.Join("; ", Parts(cell, store))}.";
            }
        }

        foreach (string sentence in Layers(data, [.. cells.Except(whole)]))
        {
            yield return sentence;
        }
    }

    /// <summary>A part of the length of a gradient from its log10: 0.012, 3.1e−5, or nothing.</summary>
    public static string Part(double log10) =>
        double.IsNaN(log10) ? "an unknown part"
        : double.IsNegativeInfinity(log10) ? "nothing"
        : log10 is > -4 and < 6 ? Phrase.Number(Math.Pow(10, log10), 2)
        : Decimal(log10);

    // Beyond the range of a double, too.
    private static string Decimal(double log10)
    {
        double exponent = Math.Floor(log10), mantissa = Math.Round(Math.Pow(10, log10 - exponent), 1);
        (mantissa, exponent) = mantissa >= 10 ? (1, exponent + 1) : (mantissa, exponent);
        return $"{mantissa:0.#}e{exponent:0}".Replace('-', '−');
    }

    private static string Subject(ReportCell[] cells, int networks)
    {
        CellSpec spec = cells[0].Spec;
        string kind = spec.Network switch { NetworkKind.Lstm => "LSTM", NetworkKind.Gru => "GRU", _ => $"RNN with {CanonicalText.Of(spec.Activation)}" };
        string layers = spec.NetworkLayers > 1 ? $"{spec.NetworkLayers} layers of {spec.HiddenSize} units" : Phrase.Count(spec.HiddenSize, "unit");
        string sequences = $"{Phrase.Count(spec.Replicates, spec.InputSequences > 0 ? "sequence" : "run")} of {Phrase.Count(spec.SequenceLength, "step")}";
        string what = networks > 1 ? $"{networks} checkpoints of a trained {kind}" : $"a trained {kind}";
        return $"{what}: {layers}, {Phrase.Count(spec.ResolvedInputSize, "input")}; {sequences}.";
    }

    // The cell's place on the axes that vary, without some of them.
    private static string Label(ReportData data, ReportCell cell, params string[] without) => string.Join(
        ", ",
        from entry in data.Axes.Select((axis, a) => (Axis: axis, Place: cell.Places[a]))
        where entry.Axis.Count > 1 && !without.Contains(entry.Axis.Name)
        select entry.Axis is { IsNumeric: true } && entry.Axis.Name == SweepFields.Network.Name ? $"checkpoint {entry.Axis.Shown(entry.Place)}" : entry.Axis.LabelOf(entry.Place));

    private static IEnumerable<string> Sentences(ReportCell cell, IResultStore store)
    {
        int steps = cell.Spec.SequenceLength;
        yield return $"gradients {Halving(cell)}.";
        SampleStatistics left = cell.Summary!.Statistics(s_gradient);
        yield return left.Median > 0
            ? $"over {Phrase.Count(steps, "step")} a gradient grows to {Part(left.Median)} times its length{Interval(cell, LeftQuantile)}."
            : $"after {Phrase.Count(steps, "step")} {Part(left.Median)} of a gradient's length is left{Interval(cell, LeftQuantile)}.";
        foreach (string sentence in Gates(cell).Append(Directions(cell, store)).OfType<string>())
        {
            yield return $"{sentence}.";
        }
    }

    private static IEnumerable<string> Parts(ReportCell cell, IResultStore store)
    {
        yield return $"gradients {Halving(cell)}";
        yield return Left(cell);
        if (CarryingDirections(cell, store) is { } count)
        {
            yield return $"more than a thousandth in {count} of {cell.Spec.StateSize} directions";
        }

        if (Saturated(cell) is { } saturated)
        {
            yield return saturated;
        }
    }

    private static string Halving(ReportCell cell)
    {
        CensoredMedian median = cell.Summary!.Median(s_halving);
        int never = (int)Math.Round(median.FractionCensored * cell.Summary.Count);
        string runs = cell.Summary.Count == 1 ? "" : never == cell.Summary.Count ? $" in any of {Runs(cell)}" : $" in {never} of {Runs(cell)}";
        return double.IsNaN(median.Median)
            ? $"do not halve within {Phrase.Count(cell.Spec.SequenceLength, "step")}{runs}"
            : $"halve after {Phrase.Count((long)median.Median, "step")}{Interval(cell, HalvingQuantile)}";
    }

    // Quantiles over the replicates, of a few the whole range; none of one.
    private static string Interval(ReportCell cell, Func<ReportCell, double, string> quantile)
    {
        int count = cell.Summary!.Count;
        return count < 2 ? ""
            : count < FewNetworks.FewestForQuantiles ? $" ({quantile(cell, 0)} to {quantile(cell, 1)} in {Runs(cell)})"
            : $" (median of {Runs(cell)}; 5 to 95 percent: {quantile(cell, 0.05)} to {quantile(cell, 0.95)})";
    }

    private static string Runs(ReportCell cell) => Phrase.Count(cell.Summary!.Count, cell.Spec.InputSequences > 0 ? "sequence" : "run");

    private static string HalvingQuantile(ReportCell cell, double fraction)
    {
        double lag = cell.Summary!.CensoredQuantile(s_halving, fraction);
        return double.IsFinite(lag) ? $"{lag:0}" : $"more than {cell.Spec.SequenceLength}";
    }

    private static string LeftQuantile(ReportCell cell, double fraction)
    {
        SampleStatistics left = cell.Summary!.Statistics(s_gradient);
        return Part(fraction switch { 0 => left.Min, 0.05 => left.Q05, 0.95 => left.Q95, _ => left.Max });
    }

    private static string? Directions(ReportCell cell, IResultStore store) => CarryingDirections(cell, store) is { } count
        ? $"{count} of {cell.Spec.StateSize} directions keep more than a thousandth of a gradient over {Phrase.Count(cell.Spec.SequenceLength, "step")}"
        : null;

    // The number of singular values above a thousandth: its median over the replicates. A singular value that is not known is smaller than all that are.
    private static string? CarryingDirections(ReportCell cell, IResultStore store)
    {
        if (!cell.Spec.MeasuresSpectrum)
        {
            return null;
        }

        double[] counts =
        [
            .. (store.Find([new PlannedReading(cell.Spec, cell.Key)])[0]?.Replicates ?? [])
                .Select(reading => reading.Spectrum).OfType<SpectrumResult>()
                .Select(spectrum => spectrum.Log10SingularValues.Values.ToArray())
                .Select(values => Array.FindIndex(values, double.IsNaN) is > 0 and var unknown && values[unknown - 1] > Log10Carried
                    ? double.NaN
                    : values.Count(value => value > Log10Carried)),
        ];
        var carried = SampleStatistics.Of(counts);
        return carried.Count == 0 ? null : $"{Math.Floor(carried.Median):0}";
    }

    // Whether the gate that keeps the state carries the gradient, or the recurrent weights.
    private static IEnumerable<string?> Gates(ReportCell cell)
    {
        CellSummary summary = cell.Summary!;
        double path = summary.Statistics(s_memory).Median, norm = summary.Log10SpectralNorm.Median;
        if (!double.IsNaN(path) && !double.IsNaN(norm))
        {
            (string gates, ReadingColumn mean) = cell.Spec.Network == NetworkKind.Lstm ? ("forget gates", s_forget) : ("update gates", s_update);
            string carrier = norm > path + OneDecade ? "the recurrent weights carry the gradient further than the gates"
                : norm < path - OneDecade ? "the recurrent weights take away what the gates keep"
                : "the gates carry the gradient";
            string steps = Phrase.Count(cell.Spec.SequenceLength, "step");
            yield return $"{gates} are {Phrase.Number(summary.Statistics(mean).Median, 2)} on average, and alone keep {Part(path)} over {steps} in their best unit; the whole product has the norm {Part(norm)}: {carrier}";
        }

        yield return Saturated(cell);
    }

    private static string? Saturated(ReportCell cell)
    {
        double saturated = cell.Summary!.Statistics(s_saturated).Median, slope = cell.Summary.Statistics(s_slope).Median;
        return !double.IsNaN(saturated) ? $"{saturated:0.# %} of the gates' slopes are saturated"
            : !double.IsNaN(slope) ? $"the mean slope of {CanonicalText.Of(cell.Spec.Activation)} is {Phrase.Number(slope, 2)}"
            : null;
    }

    private static IEnumerable<string> Layers(ReportData data, ReportCell[] layers)
    {
        foreach (IGrouping<string, ReportCell> group in layers.GroupBy(cell => Label(data, cell, "sequence_length", "layer")))
        {
            string[] each = [.. group.Select(cell => $"layer {cell.Spec.Layer}: gradients {Halving(cell)}; {Left(cell)}")];
            ReportCell[] ordered = [.. group.OrderBy(cell => cell.Summary!.Statistics(s_gradient).Median)];
            foreach (string layer in each)
            {
                yield return Phrase.Titled(group.Key, $"{layer}.");
            }

            if (ordered.Length > 1)
            {
                yield return Phrase.Titled(group.Key, $"of the layers by themselves, layer {ordered[0].Spec.Layer} keeps the least.");
            }
        }
    }

    private static string Left(ReportCell cell) => cell.Summary!.Statistics(s_gradient).Median is var left && left > 0
        ? $"over {cell.Spec.SequenceLength} they grow to {Part(left)} times their length"
        : $"{Part(left)} is left after {cell.Spec.SequenceLength}";

    private static ReadingColumn Column(string name) => ReadingColumns.All.First(column => column.Name == name);
}
