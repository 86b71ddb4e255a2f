namespace RnnSweep.Core.Networks;

/// <summary>A gate of a network with gates: a factor σ(·) in (0, 1) for each unit.</summary>
internal enum GateKind
{
    /// <summary>i of an LSTM, which multiplies the candidate.</summary>
    Input,

    /// <summary>f of an LSTM, which multiplies the old c.</summary>
    Forget,

    /// <summary>o of an LSTM, which multiplies tanh c.</summary>
    Output,

    /// <summary>r of a GRU, which multiplies the candidate's recurrent term.</summary>
    Reset,

    /// <summary>z of a GRU or v of a minimalRNN, which multiplies the old h.</summary>
    Update,
}
