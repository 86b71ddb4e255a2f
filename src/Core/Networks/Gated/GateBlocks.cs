using System.Collections.Immutable;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>The blocks of weights of a kind of network: N rows each, one below the other in PyTorch's order.</summary>
/// <param name="DrawOrder">The blocks of the recurrent weights in the order in which they are drawn: the candidate's first, then the others in PyTorch's order.</param>
/// <param name="InputBlocks">Number of blocks of the input weights that are drawn, in the same order as far as they correspond.</param>
/// <param name="StatesPerUnit">Length of the state divided by N.</param>
internal sealed record GateBlocks(ImmutableArray<int> DrawOrder, int InputBlocks, int StatesPerUnit)
{
    private static readonly GateBlocks s_rnn = new([0], 1, 1), s_gru = new([2, 0, 1], 3, 1), s_lstm = new([2, 0, 1, 3], 4, 2), s_minimal = new([0], 2, 1);

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
