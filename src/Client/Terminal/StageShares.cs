using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Terminal;

/// <summary>What the threads of a run have lately been busy with, from looks at them in equal intervals. Pure: the looks are told to it.</summary>
internal sealed class StageShares
{
    // What was seen twenty looks ago counts for an eighth: the last seconds, where one looks five times in each.
    private const double Keeps = 0.9;

    private static readonly string[] s_names = ["", "drawing weights", "products", "norms", "storing", "writing tables"];

    private readonly double[] _seen = new double[s_names.Length];

    /// <summary>Takes the number of threads that are at each stage now.</summary>
    public void Add(ReadOnlySpan<double> counts)
    {
        for (int i = 0; i < _seen.Length; i++)
        {
            _seen[i] = (Keeps * _seen[i]) + counts[i];
        }
    }

    /// <summary>The stage that most were found at, and how many of those at any: "products 87 %"; null where none was.</summary>
    public string? Busiest()
    {
        double all = _seen.Sum();
        int busiest = Array.IndexOf(_seen, _seen.Max());
        return all == 0 || busiest == (int)Stage.None ? null : $"{s_names[busiest]} {100 * _seen[busiest] / all:0} %";
    }
}
