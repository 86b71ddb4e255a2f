using RnnSweep.Client.Reports.Drawing;

namespace RnnSweep.Client.Reports.Figures;

/// <summary>A drawing of a report: a panel of a section, and an SVG file.</summary>
/// <param name="Name">Its file's name, without extension.</param>
/// <param name="Title">What distinguishes it from the section's other panels; empty where it is the only one.</param>
/// <param name="Drawing">Its SVG elements.</param>
/// <param name="Height">The height of the drawing; its width is <see cref="Frame.Width"/>.</param>
/// <param name="Targets">The cells that a pointer can select in it.</param>
internal sealed record Figure(string Name, string Title, string Drawing, double Height, ITargets Targets)
{
    /// <summary>Its value for <c>viewBox</c>.</summary>
    public string ViewBox => $"0 0 {Svg.Number(Frame.Width)} {Svg.Number(Height)}";
}

/// <summary>Figures of one kind, with a heading and a caption.</summary>
/// <param name="Id">Its anchor in the page.</param>
/// <param name="Title">The heading.</param>
/// <param name="Caption">What is shown.</param>
/// <param name="Panels">The figures.</param>
/// <param name="PanelCount">Number of panels of the whole sweep; larger than that of <paramref name="Panels"/> where only some are drawn.</param>
internal sealed record FigureSection(string Id, string Title, string Caption, IReadOnlyList<Figure> Panels, int PanelCount)
{
    /// <summary>The most panels that are drawn.</summary>
    public const int MostPanels = 12;

    /// <summary>A section with a panel per slice; null where there is nothing to draw in any.</summary>
    public static FigureSection? Of(string id, string title, string caption, IEnumerable<Slice> slices, Func<Slice, string, Figure?> draw)
    {
        Slice[] all = [.. slices];
        Slice[] shown = [.. Spread.Of(all.Length, MostPanels).Select(place => all[place])];
        Figure[] panels = [.. shown.Select(slice => Drawn(slice, slice => draw(slice, $"{id}{slice.Suffix}"))).OfType<Figure>()];
        return panels.Length == 0 ? null : new FigureSection(id, title, caption, panels, all.Length);
    }

    /// <summary>A section with a chart per slice, all on one vertical scale so that they can be compared; null where there is nothing to draw in any.</summary>
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
