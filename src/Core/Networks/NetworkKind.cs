namespace RnnSweep.Core.Networks;

/// <summary>The equations of a network's step; those of the gated ones are PyTorch's.</summary>
public enum NetworkKind
{
    /// <summary>One hidden layer without gates, in either <see cref="StateForm"/>.</summary>
    Rnn,

    /// <summary>Gated recurrent unit (<see cref="Gated.GruNetwork"/>).</summary>
    Gru,

    /// <summary>Long short-term memory (<see cref="Gated.LstmNetwork"/>).</summary>
    Lstm,

    /// <summary>The minimalRNN of Chen, Pennington &amp; Schoenholz 2018 (<see cref="Gated.MinimalNetwork"/>).</summary>
    Minimal,
}
