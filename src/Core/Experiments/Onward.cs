namespace RnnSweep.Core.Experiments;

/// <summary>What of a cell's trajectories is to follow, at greater sequence lengths.</summary>
/// <param name="Lengths">The sequence lengths that are known to come next, ascending: they may be read in one go with the cell. May be empty.</param>
/// <param name="GoesBeyond">Whether more follow after these.</param>
public readonly record struct Onward(ReadOnlyMemory<int> Lengths, bool GoesBeyond)
{
    /// <summary>Whether anything follows, so that the trajectories are worth keeping.</summary>
    public bool GoesOn => GoesBeyond || Lengths.Length > 0;

    /// <summary>Whether something follows, at lengths that are not known.</summary>
    public static implicit operator Onward(bool goesOn) => new(default, goesOn);

    /// <summary>What follows each of some cells that are computed in this order.</summary>
    /// <param name="lengths">The cells' sequence lengths.</param>
    /// <param name="goesOn">Whether the cell of an index goes on: in the next one, or, the last of them, later.</param>
    public static Onward[] Along(int[] lengths, Func<int, bool> goesOn)
    {
        var along = new Onward[lengths.Length];
        int end = lengths.Length;
        bool beyond = false;
        for (int i = lengths.Length - 1; i >= 0; i--)
        {
            bool isLast = i == lengths.Length - 1;
            if (isLast || !goesOn(i))
            {
                (end, beyond) = (i + 1, isLast && goesOn(i));
            }

            along[i] = new Onward(lengths.AsMemory((i + 1)..end), beyond);
        }

        return along;
    }
}
