using System.Collections.Immutable;

namespace RnnSweep.Core.Networks.Gated;

/// <summary>The blocks of weights of a kind of network: N rows each, one below the other in PyTorch's order.</summary>
/// <param name="DrawOrder">The blocks of the recurrent weights in the order in which they are drawn: the candidate's first, then the others in PyTorch's order.</param>
internal sealed record GateBlocks(ImmutableArray<int> DrawOrder)
{
    private static readonly GateBlocks s_single = new([0]), s_gru = new([2, 0, 1]), s_lstm = new([2, 0, 1, 3]);

    /// <summary>Number of blocks of the recurrent weights.</summary>
    public int Count => DrawOrder.Length;

    /// <summary>The blocks of a kind. GRU: r, z, n. LSTM: i, f, g, o.</summary>
    public static GateBlocks Of(NetworkKind kind) => kind switch
    {
        NetworkKind.Gru => s_gru,
        NetworkKind.Lstm => s_lstm,
        _ => s_single,
    };
}
