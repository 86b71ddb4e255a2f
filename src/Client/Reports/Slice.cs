using System.Collections.Immutable;

namespace RnnSweep.Client.Reports;

/// <summary>A part of a sweep in which some axes are free and the others fixed at one index each: the content of one panel of a figure.</summary>
/// <param name="Data">The sweep.</param>
/// <param name="Fixed">The index on each axis; not read for a free one.</param>
/// <param name="Free">The free axes.</param>
internal sealed record Slice(ReportData Data, ImmutableArray<int> Fixed, ImmutableArray<int> Free)
{
    /// <summary>The fixed values in words, empty where there are none: <c>activation tanh, T = 50</c>.</summary>
    public string Title => string.Join(", ", FixedAxes.Select(axis => Data.Axes[axis].LabelOf(Fixed[axis])));

    /// <summary>The fixed values for a file's name, with a hyphen before each; empty where there are none.</summary>
    public string Suffix => string.Concat(FixedAxes.Select(axis => $"-{Safe(Data.Axes[axis].Name)}-{Safe(Data.Axes[axis].Short(Fixed[axis]))}"));

    private IEnumerable<int> FixedAxes => Enumerable.Range(0, Data.Axes.Length).Where(axis => axis != OmittedAxis && !Free.Contains(axis) && Data.Axes[axis].Count > 1);

    /// <summary>All slices with these free axes, in the order of the sweep.</summary>
    public static IEnumerable<Slice> All(ReportData data, params ImmutableArray<int> free)
    {
        IEnumerable<ImmutableArray<int>> fixedPlaces = [[]];
        for (int axis = 0; axis < data.Axes.Length; axis++)
        {
            int count = free.Contains(axis) ? 1 : data.Axes[axis].Count;
            fixedPlaces = [.. fixedPlaces.SelectMany(places => Enumerable.Range(0, count).Select(place => places.Add(place)))];
        }

        return fixedPlaces.Select(places => new Slice(data, places, free));
    }

    /// <summary>The cell at an index on each free axis, in their order; null where it belongs to another shard.</summary>
    public ReportCell? At(params ReadOnlySpan<int> places)
    {
        int[] all = [.. Fixed];
        for (int i = 0; i < Free.Length; i++)
        {
            all[Free[i]] = places[i];
        }

        return Data.At(all);
    }

    /// <summary>The cells along the first free axis, each with its value on that axis, without those that belong to another shard.</summary>
    /// <param name="second">The index on the second free axis; −1 where only one is free.</param>
    /// <param name="places">The indices on the first free axis; null for all.</param>
    public IEnumerable<(double X, ReportCell Cell)> Cells(int second = -1, IReadOnlyList<int>? places = null)
    {
        ReportAxis axis = Data.Axes[Free[0]];
        foreach (int place in places ?? [.. Enumerable.Range(0, axis.Count)])
        {
            if ((second < 0 ? At(place) : At(place, second)) is { } cell)
            {
                yield return (axis.Numbers[place], cell);
            }
        }
    }

    /// <summary>The slice with one free axis fixed at an index. Titles omit this axis, because all slices of the figure have the same index.</summary>
    public Slice With(int axis, int place) => this with { Fixed = Fixed.SetItem(axis, place), Free = Free.Remove(axis), OmittedAxis = axis };

    private int OmittedAxis { get; init; } = -1;

    private static string Safe(string text) =>
        string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '+' or '-' ? c : '_'));
}
