using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Networks;

/// <summary>The state before the transient.</summary>
public static class InitialState
{
    /// <summary>constant + z · scale, length N, z standard normal.</summary>
    public static double[] Draw(int hiddenSize, double constant, double scale, ulong seed, int replicate)
    {
        var state = new double[hiddenSize];
        if (scale != 0)
        {
            Philox.For(seed, replicate, StreamRole.InitialState).FillNormal(state);
        }

        for (int i = 0; i < hiddenSize; i++)
        {
            state[i] = constant + (state[i] * scale);
        }

        return state;
    }
}
