using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>What must hold between the fields of a sweep.</summary>
public static class SweepRules
{
    /// <summary>The rules that a sweep breaks, with the field to mend, in no more than one sentence a rule.</summary>
    /// <param name="settings">The fields given, in order; none twice.</param>
    /// <param name="unread">Fields that are given but could not be read: nothing is concluded about them.</param>
    public static IEnumerable<(SweepField Field, string Message)> Broken(
        IReadOnlyCollection<FieldSetting> settings,
        IReadOnlySet<SweepField> unread)
    {
        // Loops, where LINQ over tuples would be compiled at each start of the program.
        IEnumerable<(SweepField Field, string Message)>[] rules =
        [
            PrintedForm(settings), WeightsSize(settings, unread), InputSize(settings), InputLength(settings, unread), InputScale(settings, unread),
            Statistics(settings, unread), Cells(settings),
        ];
        foreach (IEnumerable<(SweepField Field, string Message)> rule in rules)
        {
            foreach ((SweepField Field, string Message) broken in rule)
                yield return broken;
        }
    }

    /// <summary>The cell of all fixed fields, with the sizes that follow from matrices.</summary>
    internal static CellSpec Fixed(IReadOnlyCollection<FieldSetting> settings)
    {
        var spec = new CellSpec();
        if (Find(settings, SweepFields.HiddenSize) is null && Matrices(settings, SweepFields.Weights).FirstOrDefault() is { } weights)
            spec = spec with { HiddenSize = weights.Matrix.Rows };
        if (Find(settings, SweepFields.InputSize) is null && Matrices(settings, SweepFields.Input).FirstOrDefault() is { } input)
            spec = spec with { InputSize = input.Matrix.Columns };
        return settings.Where(setting => !setting.IsAxis).Aggregate(spec, (cell, setting) => setting.Fix(cell));
    }

    private static IEnumerable<(SweepField Field, string Message)> PrintedForm(IReadOnlyCollection<FieldSetting> settings)
    {
        bool printed = Specs(settings, SweepFields.Jacobian).Any(spec => spec.Jacobian == JacobianForm.AsPrinted);
        bool post = Specs(settings, SweepFields.State).Any(spec => spec.State == StateForm.PostActivation);
        if (printed && post)
            yield return (SweepFields.Jacobian, "jacobian: as-printed needs state: pre-activation, but state is or takes post-activation");
    }

    // Input that is multiplied by 0 is as good as none: hardly what is meant by naming a file.
    private static IEnumerable<(SweepField Field, string Message)> InputScale(
        IReadOnlyCollection<FieldSetting> settings,
        IReadOnlySet<SweepField> unread)
    {
        SweepField scale = SweepFields.InputScale;
        if (Find(settings, SweepFields.Input) is not null && !unread.Contains(scale) && Specs(settings, scale).All(spec => spec.InputScale == 0))
            yield return (SweepFields.Input, "input needs an input_scale > 0, but input_scale is 0");
    }

    private static IEnumerable<(SweepField Field, string Message)> WeightsSize(
        IReadOnlyCollection<FieldSetting> settings,
        IReadOnlySet<SweepField> unread)
    {
        if (unread.Contains(SweepFields.HiddenSize))
            yield break;

        FieldSetting? size = Find(settings, SweepFields.HiddenSize);
        foreach (MatrixValue matrix in Matrices(settings, SweepFields.Weights))
        {
            int rows = matrix.Matrix.Rows;
            string file = Excerpt.Of(matrix.Text);
            MatrixValue first = Matrices(settings, SweepFields.Weights).First();
            if (size is null && rows != first.Matrix.Rows)
                yield return (SweepFields.Weights, Invariant($"{file} is {rows} × {rows}, but {Excerpt.Of(first.Text)} has {first.Matrix.Rows} rows"));
            else if (size is not null && Other(size, rows) is { } other)
                yield return (SweepFields.HiddenSize, Invariant($"hidden_size must be {rows}, the size of {file}, but was {other}"));
        }
    }

    private static IEnumerable<(SweepField Field, string Message)> InputSize(IReadOnlyCollection<FieldSetting> settings)
    {
        FieldSetting? size = Find(settings, SweepFields.InputSize);
        foreach (MatrixValue input in Matrices(settings, SweepFields.Input))
        {
            int columns = input.Matrix.Columns;
            if (size is not null && Other(size, columns) is { } other)
                yield return (SweepFields.InputSize, Invariant($"input_size must be {columns}, the columns of {Excerpt.Of(input.Text)}, but was {other}"));
        }
    }

    private static IEnumerable<(SweepField Field, string Message)> InputLength(
        IReadOnlyCollection<FieldSetting> settings,
        IReadOnlySet<SweepField> unread)
    {
        if (unread.Contains(SweepFields.Transient) || unread.Contains(SweepFields.FrameTransient) || unread.Contains(SweepFields.SequenceLength))
            yield break;

        foreach (MatrixValue input in Matrices(settings, SweepFields.Input))
        {
            long transient = MostTransient(settings), frame = MostFrameTransient(settings);
            long length = Specs(settings, SweepFields.SequenceLength).Max(spec => spec.SequenceLength);
            if (input.Matrix.Rows < transient + frame + length)
            {
                string steps = frame == 0
                    ? Invariant($"{transient} + {length} steps (transient + sequence_length)")
                    : Invariant($"{transient} + {frame} + {length} steps (transient + frame_transient + sequence_length)");
                yield return (SweepFields.Input, Invariant($"input must have a row for each of {steps}, but has {input.Matrix.Rows} rows"));
            }
        }
    }

    // What is said about a statistic that is not taken is hardly what is meant.
    private static IEnumerable<(SweepField Field, string Message)> Statistics(
        IReadOnlyCollection<FieldSetting> settings,
        IReadOnlySet<SweepField> unread)
    {
        if (!unread.Contains(SweepFields.FrameTransient) && MostTransient(settings) + MostFrameTransient(settings) > int.MaxValue)
            yield return (SweepFields.FrameTransient, Invariant($"transient + frame_transient must be at most {int.MaxValue} steps"));
        if (unread.Contains(SweepFields.Statistics))
            yield break;

        CellSpec measured = Find(settings, SweepFields.Statistics)?.Fix(new CellSpec()) ?? new CellSpec();
        if (!measured.MeasuresSpectrum && MostFrameTransient(settings) > 0)
            yield return (SweepFields.FrameTransient, "frame_transient needs spectrum in statistics: nothing else has a frame to settle");
        if (!measured.MeasuresLags && Specs(settings, SweepFields.Lags).Any(spec => spec.LagCount is not null))
            yield return (SweepFields.Lags, "lags: { count: n } needs lags in statistics");
    }

    private static IEnumerable<(SweepField Field, string Message)> Cells(IReadOnlyCollection<FieldSetting> settings)
    {
        FieldSetting[] axes = [.. settings.Where(setting => setting.IsAxis)];
        BigInteger count = BigInteger.One;
        foreach (FieldSetting axis in axes)
            count *= axis.Values.Count;
        if (count > SweepPlan.MaximumCellCount)
        {
            string product = string.Join(" × ", axes.Select(axis => axis.Values.Count));
            yield return (
                axes.MaxBy(axis => axis.Values.Count)!.Field,
                Invariant($"a sweep has at most {SweepPlan.MaximumCellCount} cells, but this one has {count} ({product})"));
        }
    }

    private static long MostTransient(IReadOnlyCollection<FieldSetting> settings) =>
        Specs(settings, SweepFields.Transient).Max(spec => spec.Transient);

    private static long MostFrameTransient(IReadOnlyCollection<FieldSetting> settings) =>
        Specs(settings, SweepFields.FrameTransient).Max(spec => spec.FrameTransient);

    internal static FieldSetting? Find(IReadOnlyCollection<FieldSetting> settings, SweepField field) =>
        settings.FirstOrDefault(setting => setting.Field == field);

    /// <summary>The default cell with each value of one field; with the default itself where the field is not given.</summary>
    internal static IEnumerable<CellSpec> Specs(IReadOnlyCollection<FieldSetting> settings, SweepField field)
    {
        if (Find(settings, field) is not { Values: var axis })
            return [new CellSpec()];
        return Ends(axis).Select(value => value.Apply(new CellSpec()));
    }

    // A range is monotone: its ends say all that a maximum or an "every" needs.
    internal static ImmutableArray<FieldValue> Ends(Axis axis) =>
        axis is ListAxis list ? list.Values : [axis.Value(0), axis.Value(axis.Count - 1)];

    private static IEnumerable<MatrixValue> Matrices(IReadOnlyCollection<FieldSetting> settings, SweepField field) =>
        Find(settings, field)?.Values is ListAxis list ? list.Values.OfType<MatrixValue>() : [];

    private static string? Other(FieldSetting size, int wanted)
    {
        string text = wanted.ToString(CultureInfo.InvariantCulture);
        return Ends(size.Values).Select(value => value.Text).FirstOrDefault(value => value != text);
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
