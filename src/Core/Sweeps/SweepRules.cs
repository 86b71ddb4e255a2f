using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>A rule that a sweep breaks.</summary>
/// <param name="Field">The field to correct.</param>
/// <param name="Message">What is wrong, in one sentence.</param>
public sealed record BrokenRule(SweepField Field, string Message);

/// <summary>The rules between the fields of a sweep. They are checked once; if none is broken, the plan can be created.</summary>
public sealed partial class SweepRules
{
    private readonly IReadOnlyCollection<FieldSetting> _settings;
    private readonly IReadOnlySet<SweepField> _unread;
    private readonly List<BrokenRule> _broken = [];

    /// <summary>Checks the rules.</summary>
    /// <param name="settings">The fields given, in order.</param>
    /// <param name="unread">Fields that are given but could not be read. Rules that depend on them are not checked.</param>
    /// <exception cref="ArgumentException">A field is given twice.</exception>
    public SweepRules(IReadOnlyCollection<FieldSetting> settings, IReadOnlySet<SweepField>? unread = null)
    {
        if (settings.DistinctBy(setting => setting.Field).Count() < settings.Count)
        {
            throw new ArgumentException("a field is given twice", nameof(settings));
        }

        (_settings, _unread) = (settings, unread ?? new HashSet<SweepField>());
        PrintedForm();
        UntiedWeights();
        Networks();
        Layers();
        WeightsSize();
        InputSize();
        Sequences();
        InitialStates();
        InputLength();
        InputScale();
        Jacobians();
        Transients();
        Statistics();
        CellCount();
        Search();
    }

    /// <summary>The broken rules, with at most one sentence per rule.</summary>
    public IReadOnlyList<BrokenRule> Broken => _broken;

    /// <summary>Creates the plan.</summary>
    /// <exception cref="ArgumentException">A rule is broken.</exception>
    public SweepPlan Plan(string name) => _broken.Count > 0
        ? throw new ArgumentException(_broken[0].Message)
        : new SweepPlan(name, Fixed(), Axes()) { Locating = _settings.Select(setting => setting.Locating).FirstOrDefault(search => search is not null) };

    /// <summary>The cell of all fixed fields, with the sizes that follow from matrices.</summary>
    internal CellSpec Fixed()
    {
        CellSpec spec = OfWeightsSize();
        if (Find(SweepFields.InputSize) is null && Matrices(SweepFields.Input).FirstOrDefault() is { } input)
        {
            spec = spec with { InputSize = input.Matrix.Columns };
        }

        if (Matrices(SweepFields.Network).FirstOrDefault() is { } trained)
        {
            // A trained network is measured as it is: its weights are not scaled, and the state of nn.RNN is h.
            spec = SweepFields.Network.Set(spec, trained);
            spec = spec with
            {
                Scaling = WeightScaling.Expected,
                State = spec.Network == NetworkKind.Rnn ? StateForm.PostActivation : spec.State,
                InputScale = Find(SweepFields.Input) is null ? spec.InputScale : 1,
            };
        }

        if (Matrices(SweepFields.InitialState).Any() || (spec.NetworkDigest is not null && Find(SweepFields.Input) is not null))
        {
            // The state given, or that in which PyTorch starts: 0.
            spec = spec with { InitialScale = 0 };
        }

        if (Find(SweepFields.Replicates) is null && MostReplicates() is { } most)
        {
            spec = spec with { Replicates = most.Count };
        }

        spec = WithJacobians(spec);
        return _settings.Where(setting => !setting.IsAxis).Aggregate(spec, (cell, setting) => setting.Fix(cell));
    }

    // The default cell, with the size of given weights.
    private CellSpec OfWeightsSize() => Find(SweepFields.HiddenSize) is null && Matrices(SweepFields.Weights).FirstOrDefault() is { } weights
        ? new CellSpec { HiddenSize = weights.Matrix.Rows }
        : new CellSpec();

    internal FieldSetting? Find(SweepField field) => _settings.FirstOrDefault(setting => setting.Field == field);

    internal bool IsUnread(SweepField field) => _unread.Contains(field);

    /// <summary>The default cell with each value of one field, or the default cell alone where the field is not given.</summary>
    internal IEnumerable<CellSpec> Specs(SweepField field) =>
        Find(field) is { Values: var axis } ? Ends(axis).Select(value => value.Apply(new CellSpec())) : [new CellSpec()];

    // A range is monotone, so its ends are enough for a maximum or an "every".
    internal static ImmutableArray<FieldValue> Ends(Axis axis) =>
        axis is ListAxis list ? list.Values : [axis.Value(0), axis.Value(axis.Count - 1)];

    private void PrintedForm()
    {
        if (Specs(SweepFields.Jacobian).Any(spec => spec.Jacobian == JacobianForm.AsPrinted) && Specs(SweepFields.State).Any(spec => spec.State == StateForm.PostActivation))
        {
            Break(SweepFields.Jacobian, "jacobian: as-printed needs state: pre-activation, but state is or takes post-activation");
        }
    }

    private void WeightsSize()
    {
        FieldSetting? size = Find(SweepFields.HiddenSize);
        MatrixValue[] all = IsUnread(SweepFields.HiddenSize) ? [] : [.. Matrices(SweepFields.Weights)];
        foreach (MatrixValue matrix in all)
        {
            int rows = matrix.Matrix.Rows;
            string file = Excerpt.Of(matrix.Text);
            if (size is null && rows != all[0].Matrix.Rows)
            {
                Break(SweepFields.Weights, $"{file} is {rows} × {rows}, but {Excerpt.Of(all[0].Text)} has {all[0].Matrix.Rows} rows");
            }
            else if (Other(size, rows) is { } other)
            {
                Break(SweepFields.HiddenSize, $"hidden_size must be {rows}, the size of {file}, but was {other}");
            }
        }
    }

    private void InputSize()
    {
        foreach (MatrixValue input in Matrices(SweepFields.Input))
        {
            if (Other(Find(SweepFields.InputSize), input.Matrix.Columns) is { } other)
            {
                Break(SweepFields.InputSize, $"input_size must be {input.Matrix.Columns}, the columns of {Excerpt.Of(input.Text)}, but was {other}");
            }
        }
    }

    private void InputLength()
    {
        if (IsUnread(SweepFields.Transient) || IsUnread(SweepFields.FrameTransient) || IsUnread(SweepFields.SequenceLength))
        {
            return;
        }

        (long transient, long frame, long length) = (Most(SweepFields.Transient), Most(SweepFields.FrameTransient), Most(SweepFields.SequenceLength));
        foreach (MatrixValue input in Matrices(SweepFields.Input))
        {
            int rows = input.Matrix.Rows / Math.Max(1, input.Contents.Sequences);
            if (rows >= transient + frame + length)
            {
                continue;
            }

            string steps = frame == 0
                ? $"{transient} + {length} steps (transient + sequence_length)"
                : $"{transient} + {frame} + {length} steps (transient + frame_transient + sequence_length)";
            Break(SweepFields.Input, $"input must have a row for each of {steps}, but has {rows} rows{(input.Contents.Sequences > 0 ? " in each sequence" : "")}");
        }
    }

    // An input file has no effect where the input is multiplied by 0, so naming one is a mistake.
    private void InputScale()
    {
        bool isTrained = Find(SweepFields.InputScale) is null && Matrices(SweepFields.Network).Any(); // the input is taken as it is
        if (Find(SweepFields.Input) is not null && !isTrained && !IsUnread(SweepFields.InputScale) && Specs(SweepFields.InputScale).All(spec => spec.InputScale == 0))
        {
            Break(SweepFields.Input, "input needs an input_scale > 0, but input_scale is 0");
        }
    }

    private void Transients()
    {
        if (!IsUnread(SweepFields.FrameTransient) && Most(SweepFields.Transient) + Most(SweepFields.FrameTransient) > int.MaxValue)
        {
            Break(SweepFields.FrameTransient, $"transient + frame_transient must be at most {int.MaxValue} steps");
        }
    }

    // A field of a statistic that is not measured has no effect, so giving it is a mistake.
    private void Statistics()
    {
        if (IsUnread(SweepFields.Statistics))
        {
            return;
        }

        CellSpec measured = Find(SweepFields.Statistics)?.Fix(new CellSpec()) ?? new CellSpec();
        if (!measured.MeasuresExponents && Most(SweepFields.FrameTransient) > 0)
        {
            Break(SweepFields.FrameTransient, "frame_transient needs spectrum or leading in statistics: nothing else has a frame to settle");
        }

        if (!measured.MeasuresLags && Specs(SweepFields.Lags).Any(spec => spec.LagCount is not null))
        {
            Break(SweepFields.Lags, "lags: { count: n } needs lags in statistics");
        }

        if (!measured.MeasuresGradient && Specs(SweepFields.Loss).Any(spec => spec.Loss != LossSteps.Last))
        {
            Break(SweepFields.Loss, "loss needs gradient in statistics: nothing else depends on it");
        }

        if (measured.MeasuresGradient && Find(SweepFields.Jacobians) is not null)
        {
            Break(SweepFields.Statistics, "gradient needs a network: jacobians have no parameters; leave gradient out");
        }

        if (measured.MeasuresActivity && Find(SweepFields.Jacobians) is not null)
        {
            Break(SweepFields.Statistics, "activity in statistics needs the states of a network, which jacobians do not tell; leave activity out");
        }

        LeadingExponents(measured);
    }

    private void LeadingExponents(CellSpec measured)
    {
        if (Find(SweepFields.Leading) is null)
        {
            return;
        }

        if (!measured.MeasuresLeading)
        {
            Break(SweepFields.Leading, "leading: k needs leading in statistics");
            return;
        }

        SweepField[] sizes = [SweepFields.HiddenSize, SweepFields.Network, SweepFields.Layer];
        if (sizes.Any(IsUnread) || IsUnread(SweepFields.Jacobians))
        {
            return;
        }

        CellSpec[] specs = [Fixed()];
        foreach (SweepField size in sizes.Where(size => Find(size) is not null))
        {
            specs = [.. specs.SelectMany(spec => Ends(Find(size)!.Values).Select(value => value.Apply(spec)))];
        }

        int shortest = specs.Min(spec => spec.StateSize);
        if (Most(SweepFields.Leading) > shortest)
        {
            Break(SweepFields.Leading, $"leading must be at most {shortest}, the length of the {(specs.Length > 1 ? "shortest " : "")}state, but was {Most(SweepFields.Leading)}");
        }
    }

    private void CellCount()
    {
        ImmutableArray<Axis> axes = Axes();
        if (SweepPlan.TooManyCells(axes) is { } count)
        {
            string product = string.Join(" × ", axes.Select(axis => axis.Count));
            Break(axes.MaxBy(axis => axis.Count)!.Field, $"a sweep has at most {SweepPlan.MaximumCellCount} cells, but this one has {count} ({product})");
        }
    }

    private ImmutableArray<Axis> Axes() => [.. _settings.Where(setting => setting.IsAxis).Select(setting => setting.Values)];

    private void Break(SweepField field, string message) => _broken.Add(new BrokenRule(field, message));

    // The largest value of a field of whole numbers.
    private long Most(SweepField field) => Find(field) is { Values: var axis } ? (long)Ends(axis).Max(value => value.Number) : field.Whole(new CellSpec())!.Value;

    private IEnumerable<MatrixValue> Matrices(SweepField field) => Find(field)?.Values is ListAxis list ? list.Values.OfType<MatrixValue>() : [];

    private static FieldValue? Other(FieldSetting? size, int wanted) => size is null ? null : Ends(size.Values).FirstOrDefault(value => value.Number != wanted);
}
