using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Terminal;

/// <summary>The recent shares of the stages in the time of a run's threads, from samples at equal intervals.</summary>
internal sealed class StageShares
{
    // The weight of the samples so far decays by this factor: after twenty samples, which are four seconds, to an eighth.
    private const double Decay = 0.9;

    private static readonly string[] s_names = ["", "drawing weights", "products", "norms", "storing", "writing tables"];

    private readonly double[] _weights = new double[s_names.Length];

    /// <summary>Adds a sample: the number of threads that are at each stage now.</summary>
    public void Add(ReadOnlySpan<double> counts)
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            _weights[i] = (Decay * _weights[i]) + counts[i];
        }
    }

    /// <summary>The most frequent stage; null where no thread was at any.</summary>
    public string? Busiest()
    {
        int busiest = Array.IndexOf(_weights, _weights.Max());
        return busiest == (int)Stage.None || _weights[busiest] == 0 ? null : s_names[busiest];
    }
}
