namespace RnnSweep.Client.Reports.Drawing;

/// <summary>Contour lines of a field over a grid, by marching squares: a straight segment across each square of four grid points.</summary>
internal static class Contour
{
    /// <summary>The contour lines of a level, each as its points; a closed one ends where it begins.</summary>
    /// <param name="x">Coordinates of the columns.</param>
    /// <param name="y">Coordinates of the rows.</param>
    /// <param name="field">The value at column and row; squares with a NaN at a corner have no line.</param>
    /// <param name="level">The level.</param>
    /// <param name="crossing">
    /// Where the level lies on an edge: the coordinate along it, from its first grid point (i, j) to its neighbour in x (true) or in y; NaN where it is not known better than by linear interpolation. Null for
    /// linear interpolation everywhere.
    /// </param>
    /// <param name="isOmitted">Whether the square whose first corner is (i, j) gets no line; null to draw all.</param>
    public static IReadOnlyList<IReadOnlyList<(double X, double Y)>> Lines(
        IReadOnlyList<double> x,
        IReadOnlyList<double> y,
        Func<int, int, double> field,
        double level,
        Func<int, int, bool, double>? crossing = null,
        Func<int, int, bool>? isOmitted = null)
    {
        level = Math.Clamp(level, -Largest, Largest);
        double[,] values = Finite(x.Count, y.Count, field, level);
        var segments = new List<(Edge From, Edge To)>();
        for (int i = 0; i + 1 < x.Count; i++)
        {
            for (int j = 0; j + 1 < y.Count; j++)
            {
                if (isOmitted?.Invoke(i, j) != true)
                {
                    AddSegments(values, level, i, j, segments);
                }
            }
        }

        return [.. Chained(segments).Select(chain => chain.Select(edge => Point(edge)).ToArray())];

        (double X, double Y) Point(Edge edge)
        {
            (int i, int j, bool isAlongX) = edge;
            if (crossing?.Invoke(i, j, isAlongX) is { } place && double.IsFinite(place))
            {
                return isAlongX ? (place, y[j]) : (x[i], place);
            }

            (int nextI, int nextJ) = isAlongX ? (i + 1, j) : (i, j + 1);
            double weight = (level - values[i, j]) / (values[nextI, nextJ] - values[i, j]);
            return (x[i] + (weight * (x[nextI] - x[i])), y[j] + (weight * (y[nextJ] - y[j])));
        }
    }

    // Sums of four values up to this bound do not overflow.
    private const double Largest = 1e300;

    // Replaces ±∞ by the level ± the largest distance of a finite value from it, so that interpolation next to it is finite.
    private static double[,] Finite(int columns, int rows, Func<int, int, double> field, double level)
    {
        var values = new double[columns, rows];
        double largestDistance = 1;
        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j < rows; j++)
            {
                values[i, j] = field(i, j) is var value && double.IsFinite(value) ? Math.Clamp(value, -Largest, Largest) : value;
                largestDistance = double.IsFinite(values[i, j]) ? Math.Max(largestDistance, Math.Abs(values[i, j] - level)) : largestDistance;
            }
        }

        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j < rows; j++)
            {
                values[i, j] = double.IsInfinity(values[i, j]) ? level + (Math.Sign(values[i, j]) * largestDistance) : values[i, j];
            }
        }

        return values;
    }

    private static void AddSegments(double[,] values, double level, int i, int j, List<(Edge From, Edge To)> segments)
    {
        double a = values[i, j], b = values[i + 1, j], c = values[i + 1, j + 1], d = values[i, j + 1];
        if (double.IsNaN(a + b + c + d))
        {
            return;
        }

        Edge bottom = new(i, j, true), top = new(i, j + 1, true), left = new(i, j, false), right = new(i + 1, j, false);
        var crossed = new List<Edge>(4);
        AddIf(a >= level != b >= level, bottom);
        AddIf(b >= level != c >= level, right);
        AddIf(c >= level != d >= level, top);
        AddIf(d >= level != a >= level, left);
        if (crossed.Count == 2)
        {
            segments.Add((crossed[0], crossed[1]));
        }
        else if (crossed.Count == 4)
        {
            // A saddle: the mean decides whether the two corners above the level are connected.
            bool joinsAC = (a + b + c + d) / 4 >= level == a >= level;
            segments.Add(joinsAC ? (bottom, right) : (left, bottom));
            segments.Add(joinsAC ? (top, left) : (right, top));
        }

        void AddIf(bool isCrossed, Edge edge)
        {
            if (isCrossed)
            {
                crossed.Add(edge);
            }
        }
    }

    private static List<LinkedList<Edge>> Chained(List<(Edge From, Edge To)> segments)
    {
        var ends = new Dictionary<Edge, LinkedList<Edge>>();
        var chains = new List<LinkedList<Edge>>();
        foreach ((Edge from, Edge to) in segments)
        {
            LinkedList<Edge>? before = Take(from), after = Take(to);
            LinkedList<Edge> chain = before ?? new LinkedList<Edge>([from]);
            if (before is null)
            {
                chains.Add(chain);
            }
            else if (chain.Last!.Value != from)
            {
                Reverse(chain);
            }

            if (after is null || ReferenceEquals(after, before))
            {
                chain.AddLast(to);
            }
            else
            {
                foreach (Edge edge in after.First!.Value == to ? after : after.Reverse())
                {
                    chain.AddLast(edge);
                }

                chains.Remove(after);
            }

            ends[chain.First!.Value] = chain;
            ends[chain.Last!.Value] = chain;
        }

        return chains;

        LinkedList<Edge>? Take(Edge edge) => ends.Remove(edge, out LinkedList<Edge>? chain) ? chain : null;

        static void Reverse(LinkedList<Edge> chain)
        {
            Edge[] backwards = [.. chain.Reverse()];
            chain.Clear();
            Array.ForEach(backwards, edge => chain.AddLast(edge));
        }
    }

    // The edge from the grid point (I, J) to its neighbour along x, or along y.
    private readonly record struct Edge(int I, int J, bool IsAlongX);
}
