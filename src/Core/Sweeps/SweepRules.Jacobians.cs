using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>The rules of a sweep that measures given Jacobians.</summary>
public sealed partial class SweepRules
{
    // Fields whose values are the sizes of a network's matrices.
    private static readonly SweepField[] s_ofMatrices = [SweepFields.Network, SweepFields.Weights, SweepFields.Input];

    private JacobianTensor? Given => Matrices(SweepFields.Jacobians).FirstOrDefault()?.Jacobians;

    private void Jacobians()
    {
        if (Matrices(SweepFields.Jacobians).FirstOrDefault() is not { Jacobians: { } given } file)
        {
            return;
        }

        string name = Excerpt.Of(file.Text);
        foreach (SweepField field in s_ofMatrices.Where(field => Matrices(field).Any()))
        {
            Break(field, $"{field} is a file of a network, but jacobians measures the model of {name}; leave one of them out");
        }

        if (!IsUnread(SweepFields.HiddenSize) && Other(Find(SweepFields.HiddenSize), given.Size) is { } size)
        {
            Break(SweepFields.HiddenSize, $"hidden_size must be {given.Size}, the size of the Jacobians of {name}, but was {size}");
        }

        if (!IsUnread(SweepFields.Replicates) && given.Sequences > 0 && Find(SweepFields.Replicates) is not null && Most(SweepFields.Replicates) > given.Sequences)
        {
            Break(SweepFields.Replicates, $"replicates must be at most {given.Sequences}, the number of sequences of {name}, but was {Most(SweepFields.Replicates)}");
        }

        if (IsUnread(SweepFields.Transient) || IsUnread(SweepFields.FrameTransient) || IsUnread(SweepFields.SequenceLength))
        {
            return;
        }

        (long transient, long frame, long length) = (Most(SweepFields.Transient), Most(SweepFields.FrameTransient), Most(SweepFields.SequenceLength));
        if (transient + frame + length > given.Steps)
        {
            Break(
                SweepFields.Jacobians,
                $"jacobians must hold a Jacobian for each of {transient} + {frame} + {length} steps (transient + frame_transient + sequence_length), but {name} holds {given.Steps}");
        }
    }

    // Each sequence is a replicate.
    private CellSpec WithJacobians(CellSpec spec) => Given is { } given && Find(SweepFields.Replicates) is null
        ? spec with { Replicates = Math.Max(1, given.Sequences) }
        : spec;
}
