using System.Collections.Immutable;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Sweeps;

/// <summary>The rules of a sweep that draws the weights of each step afresh.</summary>
public sealed partial class SweepRules
{
    // What an untied network needs. Sparse weights need numbers of unlimited range, which only tied ones have; the identity and a low-rank part are the same at
    // each draw.
    private static readonly ImmutableArray<(SweepField Field, Predicate<CellSpec> Fits, string Need)> s_ofUntied =
    [
        (SweepFields.Network, spec => spec is { Network: NetworkKind.Rnn, NetworkDigest: null }, "network: rnn"),
        (SweepFields.Weights, spec => spec.Weights is not (WeightEnsemble.Identity or WeightEnsemble.LowRank or WeightEnsemble.Sparse or WeightEnsemble.File), "dense weights that are drawn, as gaussian"),
        (SweepFields.Scaling, spec => spec.Scaling == WeightScaling.Expected, "scaling: expected, because the product depends on no single radius"),
        (SweepFields.Leak, spec => spec.Leak == 1, "leak: 1"),
        (SweepFields.Diffusion, spec => spec.Diffusion == 0, "diffusion: 0"),
        (SweepFields.Jacobian, spec => spec.Jacobian == JacobianForm.Exact, "jacobian: exact"),
    ];

    private void UntiedWeights()
    {
        if (Find(SweepFields.Jacobians) is not null || !Specs(SweepFields.Tied).Any(spec => !spec.Tied))
        {
            return;
        }

        foreach ((SweepField field, Predicate<CellSpec> fits, string need) in s_ofUntied.Where(rule => !IsUnread(rule.Field)))
        {
            if (Specs(field).FirstOrDefault(spec => !fits(spec)) is { } other)
            {
                string found = Find(field) is null ? "is by default" : "is or takes";
                Break(SweepFields.Tied, $"tied: false needs {need}, but {field} {found} {Excerpt.Of(Name(field, other))}");
            }
        }

        if (Find(SweepFields.Statistics)?.Fix(new CellSpec()) is { MeasuresGradient: true })
        {
            Break(SweepFields.Tied, "tied: false needs statistics without gradient, because no W is common to all steps");
        }

        string Name(SweepField field, CellSpec spec) => Matrices(field).FirstOrDefault()?.Text ?? field.Text(spec)!;
    }
}
