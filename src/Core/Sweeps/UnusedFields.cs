using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Finds fields with a non-default value that no cell of the sweep uses. A user's new sweep is rejected because of them; a sweep that was accepted
/// earlier is not, because its cells are valid.
/// </summary>
/// <remarks>
/// These fields can be unused: all fields of networks with jacobians, density without sparse weights, stability without weights: levy, rank and low_rank_strength without weights: low-rank, input_size without an input, and fields of other networks than that of <c>network</c>. <see cref="SweepRules"/> checks that frame_transient, lags and
/// input have the fields that they need. Every other field affects each cell: scaling applies to drawn and given weights, the seed always draws the loss
/// gradient, and biases, initial state and transient affect the state even where the activation is linear.
/// </remarks>
public static class UnusedFields
{
    // The fields that only some networks use.
    private static readonly (SweepField Field, NetworkKind[] By)[] s_ofNetworks =
    [
        (SweepFields.Activation, [NetworkKind.Rnn]),
        (SweepFields.State, [NetworkKind.Rnn]),
        (SweepFields.Leak, [NetworkKind.Rnn]),
        (SweepFields.Diffusion, [NetworkKind.Rnn]),
        (SweepFields.Jacobian, [NetworkKind.Rnn]),
        (SweepFields.GateSpectralRadius, [NetworkKind.Gru, NetworkKind.Lstm]),
        (SweepFields.ForgetBias, [NetworkKind.Lstm]),
        (SweepFields.InputBias, [NetworkKind.Lstm]),
        (SweepFields.OutputBias, [NetworkKind.Lstm]),
        (SweepFields.UpdateBias, [NetworkKind.Gru, NetworkKind.Minimal]),
        (SweepFields.ResetBias, [NetworkKind.Gru]),
    ];

    // The fields of which a trained network has its own values.
    private static readonly SweepField[] s_ofDrawn =
    [
        SweepFields.Weights, SweepFields.ConstantBias, SweepFields.BiasScale, SweepFields.ForgetBias, SweepFields.InputBias, SweepFields.OutputBias, SweepFields.UpdateBias,
        SweepFields.ResetBias,
    ];

    private static readonly SweepField[] s_ofTrained = [SweepFields.Layer, SweepFields.Direction];

    // The fields that have an effect where Jacobians are given.
    private static readonly SweepField[] s_ofJacobians =
    [
        SweepFields.Name, SweepFields.Description, SweepFields.Label, SweepFields.Jacobians, SweepFields.JacobiansLayout, SweepFields.HiddenSize, SweepFields.SequenceLength, SweepFields.Transient,
        SweepFields.FrameTransient, SweepFields.Replicates, SweepFields.Seed, SweepFields.Threshold, SweepFields.Statistics, SweepFields.Lags, SweepFields.Leading,
    ];

    /// <summary>The fields that no cell uses, each with a message.</summary>
    public static IEnumerable<BrokenRule> Of(SweepRules rules) => rules.Find(SweepFields.Jacobians) is null ? OfNetworks(rules) : WithJacobians(rules);

    // The file has the Jacobians of a model, so no network is drawn or run.
    private static IEnumerable<BrokenRule> WithJacobians(SweepRules rules) =>
        from field in SweepFields.All.Except(s_ofJacobians)
        where rules.Find(field) is { } given && !HasDefault(given, rules)
        select new BrokenRule(field, $"{field} has no effect with jacobians, which come from another model; leave {field} out");

    private static IEnumerable<BrokenRule> OfNetworks(SweepRules rules)
    {
        bool Takes(WeightEnsemble ensemble) => rules.Specs(SweepFields.Weights).Any(spec => spec.Weights == ensemble);
        bool hasInput = rules.Specs(SweepFields.InputScale).Any(spec => spec.InputScale != 0);
        BrokenRule?[] unused =
        [
            Unused(rules, SweepFields.Density, SweepFields.Weights, Takes(WeightEnsemble.Sparse), "without weights: sparse", "set weights: sparse"),
            Unused(rules, SweepFields.Stability, SweepFields.Weights, Takes(WeightEnsemble.Levy), "without weights: levy", "set weights: levy"),
            Unused(rules, SweepFields.Rank, SweepFields.Weights, Takes(WeightEnsemble.LowRank), "without weights: low-rank", "set weights: low-rank"),
            Unused(rules, SweepFields.LowRankStrength, SweepFields.Weights, Takes(WeightEnsemble.LowRank), "without weights: low-rank", "set weights: low-rank"),
            Unused(rules, SweepFields.JacobiansLayout, SweepFields.Jacobians, rules.IsUnread(SweepFields.Jacobians), "without jacobians", "set jacobians"),
            Unused(rules, SweepFields.InputSize, SweepFields.InputScale, hasInput, "without an input_scale > 0", "set input_scale > 0"),
            .. s_ofNetworks.Select(used => Unused(
                rules,
                used.Field,
                SweepFields.Network,
                rules.Specs(SweepFields.Network).Any(spec => used.By.Contains(spec.Network) && (spec.NetworkDigest is null || !s_ofDrawn.Contains(used.Field))),
                $"without network: {string.Join(" or ", used.By.Select(CanonicalText.Of))}",
                $"set network: {CanonicalText.Of(used.By[0])}")),
            .. s_ofDrawn.Where(field => !s_ofNetworks.Any(used => used.Field == field)).Select(field => Unused(
                rules,
                field,
                SweepFields.Network,
                rules.Specs(SweepFields.Network).Any(spec => spec.NetworkDigest is null),
                "in a trained network",
                "set network to one that is drawn")),
            .. s_ofTrained.Select(field => Unused(
                rules,
                field,
                SweepFields.Network,
                rules.Specs(SweepFields.Network).Any(spec => spec.NetworkDigest is not null),
                "without a trained network",
                "set network: model.safetensors")),
        ];
        return unused.OfType<BrokenRule>();
    }

    /// <param name="rules">The fields given.</param>
    /// <param name="field">The field.</param>
    /// <param name="by">The field whose value uses it.</param>
    /// <param name="isUsed">Whether any value of that field uses it.</param>
    /// <param name="without">When the field has no effect, as text after "has no effect".</param>
    /// <param name="remedy">The change that gives it an effect.</param>
    private static BrokenRule? Unused(SweepRules rules, SweepField field, SweepField by, bool isUsed, string without, string remedy)
    {
        if (rules.Find(field) is not { } given || rules.IsUnread(by) || isUsed || HasDefault(given, rules))
        {
            return null;
        }

        string found = rules.Find(by) is { } setting ? $"{by} is {Values(setting)}" : $"{by} is {by.Default} by default";
        return new BrokenRule(field, $"{field} has no effect {without}, but {found}; leave {field} out, or {remedy}");
    }

    // A resolved sweep gives every field. The default of input_size is the hidden_size.
    private static bool HasDefault(FieldSetting given, SweepRules rules)
    {
        if (given.Values.Count > 1)
        {
            return false;
        }

        if (given.Field != SweepFields.InputSize)
        {
            return given.Values.Text(0) == given.Field.Default;
        }

        return rules.IsUnread(SweepFields.HiddenSize) || rules.IsUnread(SweepFields.Weights)
            || (rules.Find(SweepFields.HiddenSize)?.Values is var size && size is not { Count: > 1 } && given.Values.Value(0).Number == (size?.Value(0).Number ?? rules.Fixed().HiddenSize));
    }

    private static string Values(FieldSetting setting)
    {
        string[] texts = [.. SweepRules.Ends(setting.Values).Select(value => Excerpt.Of(value.Text)).Distinct()];
        return setting.Values is RangeAxis ? string.Join(" to ", texts) : string.Join(" or ", texts.Take(4)) + (texts.Length > 4 ? " or …" : "");
    }
}
