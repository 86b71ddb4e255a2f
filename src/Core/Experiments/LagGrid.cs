namespace RnnSweep.Core.Experiments;

/// <summary>The lags k at which <see cref="LagsResult"/> is read.</summary>
public static class LagGrid
{
    /// <summary>
    /// Every k from 1 to T; or, where a cell asks for n of them, T^(i/(n−1)) for i = 0 to n − 1, to the nearest whole number and none twice, so that 1 and
    /// T are among them and there may be fewer than n. Ascending.
    /// </summary>
    public static int[] Of(CellSpec spec)
    {
        int steps = spec.SequenceLength;
        if (spec.LagCount is not { } count || count >= steps)
        {
            return [.. Enumerable.Range(1, steps)];
        }

        var lags = new List<int>(count);
        for (int i = 0; i < count; i++)
        {
            int lag = i == count - 1 ? steps : (int)Math.Round(Math.Pow(steps, i / (count - 1.0)));
            if (lags.Count == 0 || lag > lags[^1])
            {
                lags.Add(lag);
            }
        }

        return [.. lags];
    }

    /// <summary>The most lags that a cell is read at.</summary>
    public static int MostOf(CellSpec spec) => Math.Min(spec.LagCount ?? int.MaxValue, spec.SequenceLength);
}
