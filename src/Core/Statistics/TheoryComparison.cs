namespace RnnSweep.Core.Statistics;

/// <summary>Deviations of the means of cells from theory, in standard errors of those means.</summary>
/// <param name="Count">Number of cells compared: those with a finite mean, a positive standard error and a theoretical value.</param>
/// <param name="Mean">The mean deviation, measured minus theory, in standard errors.</param>
/// <param name="RootMeanSquare">The root of the mean squared deviation; about 1 where theory holds.</param>
/// <param name="WithinTwo">Number of cells within two standard errors.</param>
/// <param name="Largest">The deviation farthest from 0.</param>
/// <param name="LargestIndex">Index of the cell with that deviation.</param>
public sealed record TheoryComparison(int Count, double Mean, double RootMeanSquare, int WithinTwo, double Largest, int LargestIndex)
{
    /// <summary>Compares cells; null where none can be compared.</summary>
    public static TheoryComparison? Of(IReadOnlyList<(double Mean, double StandardError, double Theory)> cells)
    {
        double sum = 0, squares = 0, largest = 0;
        int count = 0, withinTwo = 0, largestIndex = -1;
        for (int i = 0; i < cells.Count; i++)
        {
            double deviation = (cells[i].Mean - cells[i].Theory) / cells[i].StandardError;
            if (!double.IsFinite(deviation))
            {
                continue;
            }

            count++;
            sum += deviation;
            squares += deviation * deviation;
            withinTwo += Math.Abs(deviation) <= 2 ? 1 : 0;
            if (largestIndex < 0 || Math.Abs(deviation) > Math.Abs(largest))
            {
                (largest, largestIndex) = (deviation, i);
            }
        }

        return count == 0 ? null : new TheoryComparison(count, sum / count, Math.Sqrt(squares / count), withinTwo, largest, largestIndex);
    }
}
