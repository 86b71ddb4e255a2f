using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>A rule that a sweep breaks.</summary>
/// <param name="Field">The field to correct.</param>
/// <param name="Message">What is wrong, in one sentence.</param>
public sealed record BrokenRule(SweepField Field, string Message);

/// <summary>The rules between the fields of a sweep. They are checked once; if none is broken, the plan can be created.</summary>
public sealed class SweepRules
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
        Networks();
        Layers();
        WeightsSize();
        InputSize();
        Sequences();
        InitialStates();
        InputLength();
        InputScale();
        Transients();
        Statistics();
        CellCount();
    }

    /// <summary>The broken rules, with at most one sentence per rule.</summary>
    public IReadOnlyList<BrokenRule> Broken => _broken;

    /// <summary>Creates the plan.</summary>
    /// <exception cref="ArgumentException">A rule is broken.</exception>
    public SweepPlan Plan(string name) => _broken.Count > 0
        ? throw new ArgumentException(_broken[0].Message)
        : new SweepPlan(name, Fixed(), [.. _settings.Where(setting => setting.IsAxis).Select(setting => setting.Values)]);

    /// <summary>The cell of all fixed fields, with the sizes that follow from matrices.</summary>
    internal CellSpec Fixed()
    {
        var spec = new CellSpec();
        if (Find(SweepFields.HiddenSize) is null && Matrices(SweepFields.Weights).FirstOrDefault() is { } weights)
        {
            spec = spec with { HiddenSize = weights.Matrix.Rows };
        }

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

        return _settings.Where(setting => !setting.IsAxis).Aggregate(spec, (cell, setting) => setting.Fix(cell));
    }

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

    private void Networks()
    {
        foreach (MatrixValue layer in Matrices(SweepFields.Network))
        {
            CellSpec trained = layer.Apply(new CellSpec());
            foreach ((SweepField field, int wanted) in new[] { (SweepFields.HiddenSize, trained.HiddenSize), (SweepFields.InputSize, trained.ResolvedInputSize) })
            {
                if (!IsUnread(field) && Other(Find(field), wanted) is { } other)
                {
                    Break(field, $"{field} must be {wanted}, that of {Excerpt.Of(layer.Text)}, but was {other}");
                }
            }

            if (Matrices(SweepFields.Input).FirstOrDefault(input => input.Matrix.Columns != trained.ResolvedInputSize) is { } unfit)
            {
                Break(SweepFields.Input, $"input must have {trained.ResolvedInputSize} columns, the inputs of {Excerpt.Of(layer.Text)}, but {Excerpt.Of(unfit.Text)} has {unfit.Matrix.Columns}");
            }
        }

        NetworkKind gated = Specs(SweepFields.Network).Select(spec => spec.Network).FirstOrDefault(network => network != NetworkKind.Rnn);
        if (gated != NetworkKind.Rnn && Matrices(SweepFields.Weights).FirstOrDefault() is { } matrix)
        {
            Break(SweepFields.Weights, $"a matrix as weights, {Excerpt.Of(matrix.Text)}, needs network: rnn, but network is or takes {CanonicalText.Of(gated)}");
        }
    }

    private void Layers()
    {
        foreach (MatrixValue network in Matrices(SweepFields.Network))
        {
            if (network.Contents.Network is not { } shape)
            {
                continue;
            }

            string name = Excerpt.Of(network.Text);
            int?[] layers = IsUnread(SweepFields.Layer) ? [] : [.. Specs(SweepFields.Layer).Select(spec => spec.Layer)];
            if (layers.FirstOrDefault(layer => layer >= shape.Layers) is { } tooHigh)
            {
                Break(SweepFields.Layer, $"layer must be all, or from 0 to {shape.Layers - 1} in {name}, but was {tooHigh}");
            }
            else if (shape is { Directions: 2, Layers: > 1 } && layers.Any(layer => layer != 0))
            {
                SweepField given = Find(SweepFields.Layer) is null ? SweepFields.Network : SweepFields.Layer;
                Break(given, $"{name} is bidirectional and has {shape.Layers} layers: set layer: 0, because the input of the layers above depends on the whole sequence");
            }

            if (shape is { Kind: NetworkKind.Rnn, Layers: > 1 } && layers.Any(layer => layer != 0))
            {
                foreach ((SweepField field, Predicate<CellSpec> isOther) in new (SweepField, Predicate<CellSpec>)[]
                {
                    (SweepFields.State, spec => spec.State != StateForm.PostActivation), (SweepFields.Leak, spec => spec.Leak != 1), (SweepFields.Diffusion, spec => spec.Diffusion != 0),
                    (SweepFields.Jacobian, spec => spec.Jacobian != JacobianForm.Exact),
                })
                {
                    if (Find(field) is not null && Specs(field).Any(spec => isOther(spec)))
                    {
                        Break(field, $"{field} has no effect on several layers, but {name} has {shape.Layers}; leave {field} out, or set layer: 0");
                    }
                }
            }

            if (shape.Directions == 1 && Specs(SweepFields.Direction).Any(spec => spec.Direction == Direction.Backward))
            {
                Break(SweepFields.Direction, $"direction must be forward in {name}, which is not bidirectional, but is or takes backward");
            }
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

    // Each replicate takes a sequence, or an initial state, of its own.
    private void Sequences()
    {
        if (!IsUnread(SweepFields.Replicates) && Find(SweepFields.Replicates) is not null && MostReplicates() is var (count, what) && Most(SweepFields.Replicates) > count)
        {
            Break(SweepFields.Replicates, $"replicates must be at most {count}, {what}, but was {Most(SweepFields.Replicates)}");
        }
    }

    // The most replicates for which there are sequences of input and initial states; null where these are shared by all replicates.
    private (int Count, string What)? MostReplicates()
    {
        IEnumerable<(int Count, string What)> counts =
        [
            .. Matrices(SweepFields.Input).Where(input => input.Contents.Sequences > 0).Select(input => (input.Contents.Sequences, $"the number of sequences in {Excerpt.Of(input.Text)}")),
            .. from state in Matrices(SweepFields.InitialState)
               from length in StateLengths()
               let count = Core.Networks.InitialState.Count(state.Matrix.Rows, state.Matrix.Columns, length)
               where count > 0
               select (count.Value, $"the number of initial states in {Excerpt.Of(state.Text)}"),
        ];
        return counts.Any() ? counts.MinBy(count => count.Count) : null;
    }

    private void InitialStates()
    {
        if (IsUnread(SweepFields.HiddenSize) || IsUnread(SweepFields.Network) || IsUnread(SweepFields.Weights) || IsUnread(SweepFields.Layer))
        {
            return;
        }

        foreach (MatrixValue state in Matrices(SweepFields.InitialState))
        {
            foreach (long length in StateLengths().Where(length => Core.Networks.InitialState.Count(state.Matrix.Rows, state.Matrix.Columns, length) is null).Take(1))
            {
                Break(
                    SweepFields.InitialState,
                    $"initial_state must have {length} values, the length of the state, or rows of as many, but {Excerpt.Of(state.Text)} is {state.Matrix.Rows} × {state.Matrix.Columns}");
            }
        }
    }

    // The lengths of the states that run in the sweep's cells. Those of an axis of sizes differ between its ends.
    private IEnumerable<long> StateLengths()
    {
        CellSpec spec = new();
        if (Find(SweepFields.HiddenSize) is null && Matrices(SweepFields.Weights).FirstOrDefault() is { } weights)
        {
            spec = spec with { HiddenSize = weights.Matrix.Rows };
        }

        IEnumerable<CellSpec> specs = [spec];
        foreach (SweepField field in (SweepField[])[SweepFields.HiddenSize, SweepFields.Network, SweepFields.Layer])
        {
            specs = Find(field) is { Values: var axis } ? [.. specs.SelectMany(cell => Ends(axis).Select(value => value.Apply(cell)))] : specs;
        }

        return specs.Select(cell => (long)cell.RunningLayers * cell.HiddenSize * (cell.Network == NetworkKind.Lstm ? 2 : 1)).Distinct();
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
        if (!measured.MeasuresSpectrum && Most(SweepFields.FrameTransient) > 0)
        {
            Break(SweepFields.FrameTransient, "frame_transient needs spectrum in statistics: nothing else has a frame to settle");
        }

        if (!measured.MeasuresLags && Specs(SweepFields.Lags).Any(spec => spec.LagCount is not null))
        {
            Break(SweepFields.Lags, "lags: { count: n } needs lags in statistics");
        }
    }

    private void CellCount()
    {
        Axis[] axes = [.. _settings.Where(setting => setting.IsAxis).Select(setting => setting.Values)];
        if (SweepPlan.TooManyCells(axes) is { } count)
        {
            string product = string.Join(" × ", axes.Select(axis => axis.Count));
            Break(axes.MaxBy(axis => axis.Count)!.Field, $"a sweep has at most {SweepPlan.MaximumCellCount} cells, but this one has {count} ({product})");
        }
    }

    private void Break(SweepField field, string message) => _broken.Add(new BrokenRule(field, message));

    // The largest value of a field of whole numbers.
    private long Most(SweepField field) => Find(field) is { Values: var axis } ? (long)Ends(axis).Max(value => value.Number) : field.Whole(new CellSpec())!.Value;

    private IEnumerable<MatrixValue> Matrices(SweepField field) => Find(field)?.Values is ListAxis list ? list.Values.OfType<MatrixValue>() : [];

    private static FieldValue? Other(FieldSetting? size, int wanted) => size is null ? null : Ends(size.Values).FirstOrDefault(value => value.Number != wanted);
}
