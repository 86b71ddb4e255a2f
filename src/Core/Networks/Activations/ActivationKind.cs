namespace RnnSweep.Core.Networks;

/// <summary>The activations φ that a sweep can name.</summary>
public enum ActivationKind
{
    /// <summary>φ(x) = x.</summary>
    Linear,

    /// <summary>φ(x) = tanh x.</summary>
    Tanh,

    /// <summary>φ(x) = 1 / (1 + e^−x).</summary>
    Sigmoid,

    /// <summary>φ(x) = max(0, x); the slope at 0 is 0.</summary>
    Relu,

    /// <summary>φ(x) = x cut off at −1 and 1; the slope at ±1 is 0.</summary>
    Hardtanh,

    /// <summary>φ(x) = ln(1 + e^x).</summary>
    Softplus,

    /// <summary>φ(x) = erf x.</summary>
    Erf,
}
