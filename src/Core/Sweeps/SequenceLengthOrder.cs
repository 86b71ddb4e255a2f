namespace RnnSweep.Core.Sweeps;

/// <summary>
/// Maps the indices of the sequence lengths on their axis to their ranks in ascending order and back. A range is already ascending or descending;
/// only a list needs tables.
/// </summary>
internal sealed class SequenceLengthOrder
{
    private readonly int[]? _placeOfRank;
    private readonly int[]? _rankOfPlace;
    private readonly bool _isDescending;

    public SequenceLengthOrder(Axis? axis)
    {
        Count = (int)(axis?.Count ?? 1);
        _isDescending = axis is RangeAxis { IsDescending: true };
        if (axis is not ListAxis list)
        {
            return;
        }

        var lengths = new int[Count];
        _placeOfRank = new int[Count];
        for (int place = 0; place < Count; place++)
        {
            (lengths[place], _placeOfRank[place]) = ((int)list.Values[place].Number, place);
        }

        Array.Sort(lengths, _placeOfRank);
        _rankOfPlace = new int[Count];
        for (int rank = 0; rank < Count; rank++)
        {
            _rankOfPlace[_placeOfRank[rank]] = rank;
        }
    }

    public int Count { get; }

    public int PlaceOf(int rank) => _placeOfRank?[rank] ?? InRange(rank);

    public int RankOf(int place) => _rankOfPlace?[place] ?? InRange(place);

    private int InRange(int index) => _isDescending ? Count - 1 - index : index;
}
