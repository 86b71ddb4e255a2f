using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Fields that are given a value other than their default, though no cell of the sweep uses it. A sweep that is read from its user is refused for
/// them; a sweep that was accepted before is not, for its cells are none the worse.
/// </summary>
/// <remarks>
/// The fields that can be unused: density without sparse weights, input_size without an input. That frame_transient, lags and input need another
/// field is among <see cref="SweepRules"/>. Every other field enters each cell: the scaling is that of drawn and of given weights, the seed draws the loss
/// gradient where it draws nothing else, and biases, initial state and transient lead to the state even where the activation is linear.
/// </remarks>
public static class UnusedFields
{
    private static readonly Use[] s_uses =
    [
        new(SweepFields.Density, SweepFields.Weights, spec => spec.Weights == WeightEnsemble.Sparse, "without weights: sparse", "set weights: sparse"),
        new(SweepFields.InputSize, SweepFields.InputScale, spec => spec.InputScale != 0, "without an input_scale > 0", "set input_scale > 0"),
    ];

    /// <summary>The fields that no cell uses, each with a message.</summary>
    /// <param name="settings">The fields given; none twice.</param>
    /// <param name="unread">Fields that are given but could not be read: nothing is concluded from them.</param>
    public static IEnumerable<(SweepField Field, string Message)> Of(IReadOnlyCollection<FieldSetting> settings, IReadOnlySet<SweepField> unread)
    {
        foreach (Use use in s_uses)
        {
            FieldSetting? given = SweepRules.Find(settings, use.Field);
            if (given is null || unread.Contains(use.By) || SweepRules.Specs(settings, use.By).Any(use.IsUsed) || HasDefault(given, settings, unread))
                continue;
            string found = SweepRules.Find(settings, use.By) is { } by ? $"{use.By} is {Values(by)}" : $"{use.By} is {use.By.Default} by default";
            yield return (use.Field, $"{use.Field} has no effect {use.Without}, but {found}; leave {use.Field} out, or {use.Remedy}");
        }
    }

    // A resolved sweep gives every field; the default of input_size is the hidden_size.
    private static bool HasDefault(FieldSetting given, IReadOnlyCollection<FieldSetting> settings, IReadOnlySet<SweepField> unread)
    {
        if (given.Values.Count > 1)
            return false;
        if (given.Field != SweepFields.InputSize)
            return given.Values.Text(0) == given.Field.Default;
        FieldSetting? size = SweepRules.Find(settings, SweepFields.HiddenSize);
        return unread.Contains(SweepFields.HiddenSize) || unread.Contains(SweepFields.Weights)
            || (size is not { Values.Count: > 1 } && given.Values.Text(0) == (size?.Values.Text(0) ?? SweepFields.HiddenSize.Text(SweepRules.Fixed(settings))));
    }

    private static string Values(FieldSetting setting)
    {
        string[] texts = [.. SweepRules.Ends(setting.Values).Select(value => Excerpt.Of(value.Text)).Distinct()];
        return setting.Values is RangeAxis ? string.Join(" to ", texts) : string.Join(" or ", texts.Take(4)) + (texts.Length > 4 ? " or …" : "");
    }

    /// <param name="Field">The field.</param>
    /// <param name="By">The field whose value uses it.</param>
    /// <param name="IsUsed">Whether a value of that, in the default cell, does.</param>
    /// <param name="Without">When the field has no effect, to follow "has no effect".</param>
    /// <param name="Remedy">What gives it an effect.</param>
    private sealed record Use(SweepField Field, SweepField By, Func<CellSpec, bool> IsUsed, string Without, string Remedy);
}
