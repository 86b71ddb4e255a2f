namespace RnnSweep.Core.Networks;

/// <summary>Two forms of the same network, which differ in the vector that is called the state.</summary>
public enum StateForm
{
    /// <summary>x_t = W φ(x_{t−1}) + W_in u_t + b, so J_t = W diag(φ'(x_{t−1})) (Pascanu, Mikolov &amp; Bengio 2013, eq. 2).</summary>
    PreActivation,

    /// <summary>a_t = W h_{t−1} + W_in u_t + b, h_t = φ(a_t), so J_t = diag(φ'(a_t)) W (Elman; Deep Learning book, ch. 10).</summary>
    PostActivation,
}
