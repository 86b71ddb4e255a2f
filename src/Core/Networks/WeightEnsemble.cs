namespace RnnSweep.Core.Networks;

/// <summary>The source of the unscaled recurrent weights W₀; z is a standard normal, u a uniform on (0, 1), both drawn row by row.</summary>
public enum WeightEnsemble
{
    /// <summary>z / √N.</summary>
    Gaussian,

    /// <summary>(2u − 1) √(3/N): the variance of the gaussian ensemble.</summary>
    Uniform,

    /// <summary>Haar-distributed orthogonal: Q of the QR of a matrix of z, with the signs that make diag R positive.</summary>
    Orthogonal,

    /// <summary>The identity.</summary>
    Identity,

    /// <summary>(Z + Zᵀ) / √(2N).</summary>
    Symmetric,

    /// <summary>(Z − Zᵀ) / √(2N) (Chang, Chen, Haber &amp; Chi 2019): its eigenvalues are imaginary, and for an odd N one of them is 0.</summary>
    Antisymmetric,

    /// <summary>z / √(N·density) where the mask's u &lt; density, else 0.</summary>
    Sparse,

    /// <summary>
    /// X / N^(1/α), X symmetric α-stable with the characteristic function exp(−|k|^α) (Cizeau &amp; Bouchaud 1994): heavy-tailed for α &lt; 2, and for α = 2
    /// normal with variance 2/N. X is <see cref="Randomness.SymmetricStable"/> of the first N² uniforms and the N² after them.
    /// </summary>
    Levy,

    /// <summary>z / √N, that of the gaussian ensemble; <see cref="LowRankPart"/> is added after the scaling.</summary>
    LowRank,

    /// <summary>A matrix provided by the user.</summary>
    File,
}
