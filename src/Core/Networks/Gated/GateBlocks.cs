using System.Collections.Immutable;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>The blocks of weights of a kind of network: N rows each, one below the other in PyTorch's order.</summary>
/// <param name="Gates">Its gates, in the order of their blocks.</param>
/// <param name="DrawOrder">The blocks of the recurrent weights in the order in which they are drawn: the candidate's first, then the others in PyTorch's order.</param>
internal sealed record GateBlocks(ImmutableArray<GateKind> Gates, ImmutableArray<int> DrawOrder)
{
    private static readonly GateBlocks s_rnn = new([], [0]), s_minimal = new([GateKind.Update], [0]), s_gru = new([GateKind.Reset, GateKind.Update], [2, 0, 1]);
    private static readonly GateBlocks s_lstm = new([GateKind.Input, GateKind.Forget, GateKind.Output], [2, 0, 1, 3]);

    /// <summary>Number of blocks of the recurrent weights.</summary>
    public int Count => DrawOrder.Length;

    /// <summary>The blocks of a kind. GRU: r, z, n. LSTM: i, f, g, o.</summary>
    public static GateBlocks Of(NetworkKind kind) => kind switch
    {
        NetworkKind.Gru => s_gru,
        NetworkKind.Lstm => s_lstm,
        NetworkKind.Minimal => s_minimal,
        _ => s_rnn,
    };
}
