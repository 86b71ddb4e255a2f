using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>The gradients of a loss with respect to the parameters, as norms.</summary>
/// <param name="Squares">The square of the norm for each block of the parameters.</param>
/// <param name="MeanLag">Σ_k k n_k / Σ_k n_k with n_k the norm of the term of lag k; NaN where every term is 0.</param>
/// <param name="Log10Terms">log10 n_k at each of the lags asked for.</param>
/// <param name="Log10PartialSums">log10 of the norm of the sum of the terms of lags 1 to k, likewise.</param>
internal sealed record ParameterGradient((ParameterBlock Block, ScaledSum Square)[] Squares, double MeanLag, double[] Log10Terms, double[] Log10PartialSums)
{
    /// <summary>log10 of the norm with respect to a parameter; −∞ where it is 0, NaN where the network has no such parameter.</summary>
    public double Log10Norm(ParameterKind kind) => Log10Norm(kind, _ => true);

    /// <summary>The same of the block of a gate, over all layers; of the candidate's for null.</summary>
    public double Log10Norm(ParameterKind kind, GateKind? gate) => Log10Norm(kind, block => block.Gate == gate);

    private double Log10Norm(ParameterKind kind, Predicate<ParameterBlock> isOf)
    {
        var sum = default(ScaledSum);
        bool isKnown = false;
        foreach ((ParameterBlock block, ScaledSum square) in Squares)
        {
            if (block.Kind == kind && isOf(block))
            {
                sum.Add(square);
                isKnown = true;
            }
        }

        return isKnown ? sum.Log10Root : double.NaN;
    }
}
