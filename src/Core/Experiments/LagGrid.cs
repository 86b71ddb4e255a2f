namespace RnnSweep.Core.Experiments;

/// <summary>The lags k at which <see cref="LagsResult"/> is read.</summary>
public static class LagGrid
{
    /// <summary>
    /// All lags from 1 to T; or, where a cell asks for n lags, T^(i/(n−1)) for i = 0 to n − 1, rounded to whole numbers without duplicates, so that
    /// there may be fewer than n. 1 and T are always among them. Ascending.
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

    /// <summary>Upper bound of the number of lags of a cell.</summary>
    public static int MostOf(CellSpec spec) => Math.Min(spec.LagCount ?? int.MaxValue, spec.SequenceLength);
}
