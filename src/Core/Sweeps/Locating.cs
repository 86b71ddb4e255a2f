using System.Globalization;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Results;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Sweeps;

/// <summary>
/// The search for the values of an axis at which a column reaches a target: first the points of a grid, then, round by round, the middle of every bracket
/// (<see cref="Bracketing"/>). A point has a position: that of the grid's value i is i · 2^44, and that of a middle is the middle of the positions around it, so a point is the
/// same number whatever the rounds in which it was reached.
/// </summary>
public sealed record Locating
{
    // Number of the grid's values where none is given: eight intervals.
    private const int DefaultCount = 9;

    private const int Depth = 44, MostIntervals = 1000;

    // The fraction of the larger end below which neighbours would share their 15 digits.
    private const double LeastFraction = 1e-12;

    private const string Outcome = "outcome";

    private readonly bool _isLog;

    private Locating(RangeAxis grid, string column, string targetText, double target, double width)
    {
        (Grid, Column, TargetText, Target, Width) = (grid, column, targetText, target, width);
        _isLog = grid.Range.Scale == "log";
        for (long i = 0; i + 1 < grid.Count; i++)
        {
            Rounds = Math.Max(Rounds, Halvings(grid.Value(i), grid.Value(i + 1)));
        }
    }

    /// <summary>The names of the parts that a range with a search has beside those of <see cref="RangeText"/>.</summary>
    public static IReadOnlyList<string> Parts { get; } = ["locate", "to_within"];

    /// <summary>The points of the first round, ascending.</summary>
    public RangeAxis Grid { get; }

    /// <summary>The name of the column.</summary>
    public string Column { get; }

    /// <summary>The target as canonical text: a number, or the name of an outcome.</summary>
    public string TargetText { get; }

    /// <summary>The target; of an outcome, ½ between 0, another outcome, and 1.</summary>
    public double Target { get; }

    /// <summary>The width to which brackets are narrowed, in units of the axis.</summary>
    public double Width { get; }

    /// <summary>Number of rounds after that of the grid until every bracket is narrow.</summary>
    public int Rounds { get; }

    /// <summary>The axis' field.</summary>
    public SweepField Field => Grid.Field;

    /// <summary>Whether the networks of different values of the axis are the same draws, so that a replicate has a root.</summary>
    public bool IsPaired => Field != SweepFields.HiddenSize && Field != SweepFields.InputSize;

    /// <summary>The search as it is written in a sweep file: <c>lyapunov_max_slope = 0</c>.</summary>
    public string Text => $"{Column} = {TargetText}";

    private NumericField Numeric => (NumericField)Field;

    /// <summary>Reads a search; null where something is wrong, which is added to the problems.</summary>
    /// <param name="grid">The range's points.</param>
    /// <param name="locate"><c>column = number</c>, or <c>outcome = name</c>.</param>
    /// <param name="toWithin">The width.</param>
    /// <param name="problems">Receives what is wrong; the parts are those of <see cref="Parts"/>.</param>
    public static Locating? Read(RangeAxis grid, string? locate, string? toWithin, ICollection<RangeProblem> problems)
    {
        int before = problems.Count;
        (string part, string target) = locate?.Split('=', 2) is [var left, var right] ? (left.Trim(), right.Trim()) : ("", "");
        double number = double.NaN;
        if (locate is null || toWithin is null)
        {
            problems.Add(locate is null
                ? new RangeProblem("to_within", "to_within needs locate: column = number")
                : new RangeProblem("locate", "locate needs to_within, the width to which the value is located"));
        }
        else if (part == Outcome && Outcomes.Contains(target))
        {
            number = 0.5;
        }
        else if (part.Length == 0 || part == Outcome || !(Numeral.TryRead(target, out Numeral read) && double.IsFinite(number = read.Value)))
        {
            problems.Add(new RangeProblem(
                "locate", $"locate must be column = number with a column of replicates.csv or summary.csv, or outcome = {string.Join(" | ", Outcomes)}, but was {Excerpt.Of(locate)}"));
        }

        double width = ReadWidth(grid, toWithin, problems);
        if (grid.IsDescending || grid.Count < 2 || grid.Count > MostIntervals + 1)
        {
            problems.Add(new RangeProblem(null, $"a range with locate must ascend, with 2 to {MostIntervals + 1} points to start from, but has {grid.Count} from {grid.Range.From} to {grid.Range.To}"));
        }

        return problems.Count > before ? null : new Locating(grid, part, part == Outcome ? target : CanonicalText.Of(number), number, width);
    }

    /// <summary>The range of a search with the default number of points where it gives none; fewer where there are not so many whole numbers.</summary>
    public static RangeText WithCount(SweepField field, RangeText range) => range is { Step: null, Count: null }
        && double.TryParse(range.From, out double from) && double.TryParse(range.To, out double to)
            ? range with { Count = $"{(field.Kind == FieldKind.RealNumber ? DefaultCount : Math.Clamp(to - from + 1, 1, DefaultCount))}" }
            : range;

    /// <summary>Whether two searches are the same.</summary>
    public bool IsSame(Locating? other) => other is not null && other.Text == Text && other.Width == Width && other.Field == Field && other.Grid.Range == Grid.Range;

    /// <summary>The most cells that a search adds to those of the grid, and the most where each replicate has one root.</summary>
    /// <param name="trajectories">Number of trajectories of the grid for one value of the axis.</param>
    /// <param name="lengths">Number of sequence lengths, which are read off the same trajectory.</param>
    /// <param name="series">Number of replicates, where the column is a replicate's; otherwise 1.</param>
    public (double Most, double OneRoot) MostCells(long trajectories, int lengths, int series)
    {
        double points = (Grid.Count - 1) * (Math.Pow(2, Rounds) - 1), cells = (double)trajectories * lengths, all = (double)lengths * series * Rounds;
        return (cells * Math.Min(points, all * Bracketing.MostFollowed), cells * Math.Min(points, all));
    }

    /// <summary>The position of a value of the grid.</summary>
    internal static long PositionOf(long index) => index << Depth;

    /// <summary>The position in the middle of two; null where there is no number between theirs.</summary>
    internal long? Between(long low, long high)
    {
        long middle = low + ((high - low) / 2);
        return middle > low && Value(middle) is var value && value.Text != Value(low).Text && value.Text != Value(high).Text ? middle : null;
    }

    /// <summary>The value at a position.</summary>
    internal FieldValue Value(long position)
    {
        (long index, long rest) = (position >> Depth, position & ((1L << Depth) - 1));
        FieldValue low = Grid.Value(index);
        if (rest == 0)
        {
            return low;
        }

        FieldValue high = Grid.Value(index + 1);
        for (long half = 1L << (Depth - 1); ; half >>= 1)
        {
            FieldValue middle = Middle(low, high);
            if (rest == half)
            {
                return middle;
            }

            (low, high) = rest > half ? (middle, high) : (low, middle);
            rest &= half - 1;
        }
    }

    /// <summary>Returns the column's value in a reading; null where the column is not a replicate's.</summary>
    internal Func<Reading, double>? OfReplicate(ICellTable table) => Column == Outcome
        ? reading => reading.Outcome == Experiments.Outcome.Missing ? double.NaN : ReplicateTable.Text(reading.Outcome) == TargetText ? 1 : 0
        : ReadingColumns.Of(table).FirstOrDefault(column => column.Name == Column) is { } found ? found.Value : null;

    /// <summary>Returns the column's value in the summary of a cell; null where there is no such column of numbers.</summary>
    internal Func<CellSummary, double>? OfCell(ICellTable table) => SummaryTable.Columns(table).FirstOrDefault(column => column.Name == Column)?.Number;

    /// <summary>The columns that a search of a table can take.</summary>
    internal static IEnumerable<string> Columns(ICellTable table) =>
        [.. ReadingColumns.Of(table).Select(column => column.Name), Outcome, .. SummaryTable.Columns(table).Where(column => column.Number is not null).Select(column => column.Name)];

    /// <summary>Whether the column is empty in every row, because the statistics of the cells do without the product.</summary>
    internal bool NeedsProduct(CellSpec spec) => !spec.MeasuresNorms && (Column == Outcome || Outcomes.Any(outcome => Column == $"fraction_{outcome}")
        || (MeasuredBy(Column) is { } column && ReadingStatus.UndefinedWhere(column, spec) != ReadingStatus.UndefinedWhere(column, spec with { MeasuresNorms = true })));

    /// <summary>The statistic that a column needs and cells do not measure; null for none.</summary>
    internal static string? StatisticOf(string name, CellSpec spec) => MeasuredBy(name) is not { } column || ReadingColumns.IsMeasured(column.Group, spec) ? null : column.Group switch
    {
        ColumnGroup.Spectrum => StatisticsNames.Spectrum,
        ColumnGroup.Exponents => $"{StatisticsNames.Spectrum} or {StatisticsNames.Leading}",
        ColumnGroup.Leading => StatisticsNames.Leading,
        ColumnGroup.Lags => StatisticsNames.Lags,
        ColumnGroup.Gradient => StatisticsNames.Gradient,
        ColumnGroup.Activity => StatisticsNames.Activity,
        _ => null,
    };

    // The column of replicates.csv of a name in it, or of a summary of it, as lyapunov_max_mean.
    private static ReadingColumn? MeasuredBy(string name) =>
        ReadingColumns.All.Where(column => name == column.Name || name.StartsWith($"{column.Name}_", StringComparison.Ordinal)).MaxBy(column => column.Name.Length);

    private static string[] Outcomes { get; } = [.. new[] { Experiments.Outcome.Vanishing, Experiments.Outcome.Stable, Experiments.Outcome.Exploding }.Select(ReplicateTable.Text)];

    private static double ReadWidth(RangeAxis grid, string? text, ICollection<RangeProblem> problems)
    {
        double least = grid.Field.Kind == FieldKind.RealNumber
            ? LeastFraction * Math.Max(Math.Abs(grid.Value(0).Number), Math.Abs(grid.Value(grid.Count - 1).Number))
            : 1;
        if (text is null || (Numeral.TryRead(text, out Numeral width) && double.IsFinite(width.Value) && width.Value > 0 && width.Value >= least))
        {
            return text is null ? double.NaN : double.Parse(text, NumberStyles.Float);
        }

        problems.Add(new RangeProblem("to_within", $"to_within must be a finite number > 0 and ≥ {CanonicalText.Of(least)}, but was {Excerpt.Of(text)}"));
        return double.NaN;
    }

    // Halves the larger part, as long as it is too wide.
    private int Halvings(FieldValue low, FieldValue high)
    {
        int rounds = 0;
        for (; rounds < Depth && !Bracketing.IsNarrow(low.Number, high.Number, Width); rounds++)
        {
            FieldValue middle = Middle(low, high);
            (low, high) = high.Number - middle.Number >= middle.Number - low.Number ? (middle, high) : (low, middle);
        }

        return rounds;
    }

    // The arithmetic middle, of a log range the geometric one: rounded to 15 digits like a range's values, or down to a whole number.
    private FieldValue Middle(FieldValue low, FieldValue high)
    {
        if (Numeric.IsWhole)
        {
            decimal whole = _isLog ? (decimal)Math.Round(Math.Sqrt((double)low.Whole * high.Whole)) : Math.Floor(((decimal)low.Whole + high.Whole) / 2);
            return Numeric.Of(new Numeral(0, Math.Clamp(whole, low.Whole, high.Whole)));
        }

        if (_isLog)
        {
            return Numeric.Of(new Numeral(Numeral.Rounded(Math.Sqrt(low.Number) * Math.Sqrt(high.Number)), null));
        }

        (Numeral from, Numeral to) = (Numeral.Of(low.Number), Numeral.Of(high.Number));
        return Numeric.Of(new Numeral(
            Numeral.Rounded(from.Exact is { } a && to.Exact is { } b ? Numeral.Nearest((a + b) / 2) : (low.Number / 2) + (high.Number / 2)), null));
    }
}
