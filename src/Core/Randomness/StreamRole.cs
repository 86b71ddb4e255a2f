namespace RnnSweep.Core.Randomness;

/// <summary>The use of a random stream. It is part of the stream's key, so that no two uses share numbers.</summary>
public enum StreamRole
{
    /// <summary>W₀, row by row.</summary>
    RecurrentWeights = 0,

    /// <summary>W_in, row by row.</summary>
    InputWeights = 1,

    /// <summary>b.</summary>
    Bias = 2,

    /// <summary>The state before the transient.</summary>
    InitialState = 3,

    /// <summary>u_1, u_2, …, starting with the transient's.</summary>
    Input = 4,

    /// <summary>The loss gradient g at step T.</summary>
    LossGradient = 5,

    /// <summary>The sparsity mask of W₀, row by row.</summary>
    SparsityMask = 6,

    /// <summary>The vectors m_1, m_2, … of the low-rank part of W, one after the other.</summary>
    LowRank = 7,
}
