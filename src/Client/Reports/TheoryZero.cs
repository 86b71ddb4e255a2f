using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Reports;

/// <summary>Where λ of mean-field theory is 0 along an axis, between the values of the sweep: theory is evaluated there, so the grid's step does not limit the accuracy.</summary>
internal static class TheoryZero
{
    // False position needs about eight steps to the tolerance; every third step halves the bracket, so sixty always suffice.
    private const int MostSteps = 60;

    // Of the distance between the two cells: below the digits of a sentence and the resolution of a figure.
    private const double Tolerance = 1e-6;

    /// <summary>λ of theory of a cell that is done; NaN where it is not known.</summary>
    public static double Lyapunov(ReportCell? cell) => cell?.Summary?.Theory.LyapunovMax ?? double.NaN;

    /// <summary>
    /// The value of an axis between two cells at which λ of theory is 0, by false position with halved ends (the Illinois method; Dahlquist and Björck 1974, § 6.4.2). By linear interpolation between the two cells
    /// where theory is not known between them, or where the axis has whole numbers.
    /// </summary>
    /// <param name="data">The sweep.</param>
    /// <param name="axis">The axis on which the cells differ.</param>
    /// <param name="from">A cell.</param>
    /// <param name="to">Another, whose λ of theory has the other sign, or is 0.</param>
    public static double Between(ReportData data, int axis, ReportCell from, ReportCell to)
    {
        (double x, double low) = (At(from), Lyapunov(from));
        (double end, double high) = (At(to), Lyapunov(to));
        double tolerance = Tolerance * Math.Abs(end - x), interpolated = Interpolated(x, low, end, high);
        if (low == 0 || high == 0)
        {
            return low == 0 ? x : end;
        }

        int keptBefore = 0; // 1 where the end was kept in the step before, −1 where x was
        for (int step = 0; step < MostSteps && Math.Abs(end - x) > tolerance; step++)
        {
            double middle = step % 3 == 2 ? x + ((end - x) / 2) : Interpolated(x, low, end, high);
            double value = ValueAt(data, axis, from.Spec, middle);
            if (value == 0 || double.IsNaN(value))
            {
                return value == 0 ? middle : interpolated;
            }

            // An end that is kept twice has its value halved, else it might be kept for ever.
            int kept = value < 0 == high < 0 ? -1 : 1;
            (low, high) = (kept == -1 && keptBefore == -1 ? low / 2 : low, kept == 1 && keptBefore == 1 ? high / 2 : high);
            (x, low, end, high) = kept == -1 ? (x, low, middle, value) : (middle, value, end, high);
            keptBefore = kept;
        }

        return x + ((end - x) / 2);

        double At(ReportCell cell) => data.Axes[axis].Numbers[cell.Places[axis]];
    }

    /// <summary>The lowest value of an axis at which λ of theory rises through 0 along a line of cells; where it never does, at which it falls; NaN where it keeps its sign.</summary>
    /// <param name="data">The sweep.</param>
    /// <param name="axis">The axis along which the cells lie.</param>
    /// <param name="cells">The cells, ascending along the axis.</param>
    public static double Lowest(ReportData data, int axis, IEnumerable<ReportCell> cells)
    {
        ReportCell[] known = [.. cells.Where(cell => !double.IsNaN(Lyapunov(cell)))];
        int[] changes = [.. Enumerable.Range(1, Math.Max(0, known.Length - 1)).Where(i => Lyapunov(known[i - 1]) < 0 != Lyapunov(known[i]) < 0)];
        int after = changes.Where(i => Lyapunov(known[i - 1]) < 0).Concat(changes).FirstOrDefault(-1);
        return after < 0 ? double.NaN : Between(data, axis, known[after - 1], known[after]);
    }

    // Halfway where a value is infinite.
    private static double Interpolated(double x, double low, double end, double high) =>
        low / (low - high) is var weight && double.IsFinite(weight) && double.IsFinite(low) && double.IsFinite(high) ? x + (weight * (end - x)) : x + ((end - x) / 2);

    private static double ValueAt(ReportData data, int axis, CellSpec spec, double value) =>
        SweepFields.Find(data.Axes[axis].Name) is { } field && field.TryRead(CanonicalText.Of(data.Axes[axis].ValueOf(value)), out FieldValue? at, out _) ? data.TheoryOf(at.Apply(spec)) : double.NaN;
}
