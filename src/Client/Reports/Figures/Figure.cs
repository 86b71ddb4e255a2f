using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>One drawing of a report: a panel of a section, and a file of its own.</summary>
/// <param name="Name">Its file's name, without an ending.</param>
/// <param name="Title">What sets it apart from the section's other panels; empty where it is alone.</param>
/// <param name="Drawing">What is drawn.</param>
/// <param name="Height">How high the drawing is; its width is <see cref="Frame.Width"/>.</param>
/// <param name="Targets">What can be pointed at in it.</param>
internal sealed record Figure(string Name, string Title, string Drawing, double Height, ITargets Targets)
{
    /// <summary>Its value for <c>viewBox</c>.</summary>
    public string ViewBox => $"0 0 {Svg.Number(Frame.Width)} {Svg.Number(Height)}";
}

/// <summary>Figures of one kind, with what to see in them.</summary>
/// <param name="Id">A name for the page's address.</param>
/// <param name="Title">The heading.</param>
/// <param name="Caption">What is shown.</param>
/// <param name="Panels">The figures.</param>
/// <param name="PanelCount">How many there would be; more than those in <paramref name="Panels"/> where they are too many to be drawn.</param>
internal sealed record FigureSection(string Id, string Title, string Caption, IReadOnlyList<Figure> Panels, int PanelCount)
{
    /// <summary>More panels than this are no longer looked at.</summary>
    public const int MostPanels = 12;

    /// <summary>The section of some slices; null where there is nothing to draw in any.</summary>
    public static FigureSection? Of(string id, string title, string caption, IEnumerable<Slice> slices, Func<Slice, string, Figure?> draw)
    {
        Slice[] all = [.. slices];
        Slice[] shown = [.. Spread.Of(all.Length, MostPanels).Select(place => all[place])];
        Figure[] panels = [.. shown.Select(slice => Drawn(slice, slice => draw(slice, $"{id}{slice.Suffix}"))).OfType<Figure>()];
        return panels.Length == 0 ? null : new FigureSection(id, title, caption, panels, all.Length);
    }

    /// <summary>The section of the charts of some slices, on one scale, so that they can be compared; null where there is nothing to draw in any.</summary>
    public static FigureSection? OfCharts(string id, string title, string caption, IEnumerable<Slice> slices, Func<Slice, LineChart?> chart)
    {
        Slice[] all = [.. slices];
        (Slice Slice, LineChart? Chart)[] shown = [.. Spread.Of(all.Length, MostPanels).Select(place => (all[place], Drawn(all[place], chart)))];
        double[] values = [.. shown.SelectMany(panel => panel.Chart?.Values ?? [])];
        Figure[] panels = [.. shown.Select(panel => panel.Chart?.Draw($"{id}{panel.Slice.Suffix}", panel.Slice.Title, values)).OfType<Figure>()];
        return panels.Length == 0 ? null : new FigureSection(id, title, caption, panels, all.Length);
    }

    private static T? Drawn<T>(Slice slice, Func<Slice, T?> draw)
    {
        slice.Data.Cancellation.ThrowIfCancellationRequested();
        return draw(slice);
    }
}
