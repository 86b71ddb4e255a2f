namespace RnnSweep.Client.Reports.Figures;

/// <summary>One line of a chart.</summary>
/// <param name="Name">Its text in the legend; null where the legend omits it.</param>
/// <param name="Colour">The index of its colour, from 0; <see cref="Ink"/> for a line of theory that several series share.</param>
/// <param name="Points">Its points, from left to right.</param>
internal sealed record Series(string? Name, int Colour, IReadOnlyList<SeriesPoint> Points)
{
    /// <summary>Number of colours for series.</summary>
    public const int Colours = 6;

    /// <summary>The colour of text, in place of a series' colour.</summary>
    public const int Ink = -1;

    public SeriesStyle Style { get; init; } = SeriesStyle.Line;

    /// <summary>The distance by which the series is drawn to the right of its coordinates, in units of the drawing.</summary>
    public double Shift { get; init; }

    /// <summary>Whether the last known point is marked where points without a value follow it.</summary>
    public bool MarksEnd { get; init; }

    /// <summary>The last known point, where it is to be marked; null where none is.</summary>
    public SeriesPoint? End
    {
        get
        {
            int last = Points.Count - 1;
            while (last >= 0 && !double.IsFinite(Points[last].Y))
            {
                last--;
            }

            return MarksEnd && last >= 0 && Points.Skip(last + 1).Any(point => double.IsNaN(point.Y)) ? Points[last] : null;
        }
    }

    /// <summary>The colour of one of <paramref name="count"/> series, as different from the others' as possible.</summary>
    public static int ColourOf(int index, int count) => count < 2 ? 1 : (int)Math.Round(index * (Colours - 1.0) / (count - 1)) % Colours;
}

/// <summary>How a series is drawn.</summary>
internal enum SeriesStyle
{
    /// <summary>A line with dots, and bars where its points have ends.</summary>
    Line,

    /// <summary>The same with a band between the points' ends.</summary>
    Band,

    /// <summary>A dashed line without dots.</summary>
    Dashed,

    /// <summary>A thin line without dots, for theory.</summary>
    Theory,

    /// <summary>Box plots, without a line.</summary>
    Box,
}

/// <summary>A point of a series.</summary>
/// <param name="X">Its coordinate.</param>
/// <param name="Y">Its value.</param>
/// <param name="Low">The lower end of its bar or band; NaN where it has none.</param>
/// <param name="High">The upper end.</param>
/// <param name="Row">The row of the table it stands for; −1 where it stands for none.</param>
internal readonly record struct SeriesPoint(double X, double Y, double Low, double High, int Row)
{
    /// <summary>With <see cref="SeriesStyle.Box"/>: the quartiles.</summary>
    public double LowerQuartile { get; init; }

    public double UpperQuartile { get; init; }

    /// <summary>With <see cref="SeriesStyle.Box"/>: the single values, where they are few.</summary>
    public IReadOnlyList<double>? Values { get; init; }
}
