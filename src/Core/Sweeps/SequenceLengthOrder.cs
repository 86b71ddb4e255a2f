using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Places of the sequence lengths on their axis against their ranks in ascending order. A range ascends already; only a list needs
/// a table, which is no longer than the list is in the file.
/// </summary>
internal sealed class SequenceLengthOrder
{
    private readonly int[]? _placeOfRank;
    private readonly int[]? _rankOfPlace;

    public SequenceLengthOrder(Axis? axis)
    {
        Count = (int)(axis?.Count ?? 1);
        if (axis is not ListAxis list)
            return;

        int[] lengths = [.. list.Values.Select(value => value.Apply(new CellSpec()).SequenceLength)];
        _placeOfRank = [.. Enumerable.Range(0, Count)];
        Array.Sort(lengths, _placeOfRank);
        _rankOfPlace = new int[Count];
        for (int rank = 0; rank < Count; rank++)
            _rankOfPlace[_placeOfRank[rank]] = rank;
    }

    public int Count { get; }

    public int PlaceOf(int rank) => _placeOfRank is null ? rank : _placeOfRank[rank];

    public int RankOf(int place) => _rankOfPlace is null ? place : _rankOfPlace[place];
}
