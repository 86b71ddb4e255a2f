using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>The rules about trained networks, their sequences of inputs and their initial states.</summary>
public sealed partial class SweepRules
{
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

        if (gated != NetworkKind.Rnn && Specs(SweepFields.Weights).Any(spec => spec.Weights == WeightEnsemble.LowRank))
        {
            Break(SweepFields.Weights, $"weights: low-rank needs network: rnn, but network is or takes {CanonicalText.Of(gated)}");
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
        IEnumerable<CellSpec> specs = [OfWeightsSize()];
        foreach (SweepField field in (SweepField[])[SweepFields.HiddenSize, SweepFields.Network, SweepFields.Layer])
        {
            specs = Find(field) is { Values: var axis } ? [.. specs.SelectMany(cell => Ends(axis).Select(value => value.Apply(cell)))] : specs;
        }

        return specs.Select(cell => (long)cell.RunningLayers * cell.HiddenSize * (cell.Network == NetworkKind.Lstm ? 2 : 1)).Distinct();
    }
}
