using System.Numerics.Tensors;

namespace RnnSweep.Core.Statistics;

/// <summary>
/// The participation ratio (tr C)² / tr C² of the covariance C of a series of vectors: the number of directions over which its variance is spread (Abbott,
/// Rajan &amp; Sompolinsky 2011). Of a covariance that is estimated from few vectors it is too small, because tr Ĉ² contains the square of Ĉ's error. Here
/// every product is one of covariances of two different blocks of the series, whose errors are independent (as in Chun, Canatar, Chung &amp; Lee 2025, for
/// independent vectors). Blocks next to each other are not combined, because the end of one is correlated with the start of the other.
/// </summary>
/// <remarks>
/// From 128 to 256 vectors at equal distances are kept, all of them up to 256. N × N covariances are never formed: tr Ĉ_a Ĉ_b is a sum of squares of products
/// of vectors, 2^15 N operations in all.
/// </remarks>
/// <param name="size">N, the length of the vectors.</param>
internal sealed class ParticipationRatio(int size)
{
    /// <summary>The most vectors that are kept.</summary>
    public const int MostKept = 256;

    private const int Blocks = 8;

    private readonly List<double[]> _kept = [];
    private long _count, _spacing = 1;

    /// <summary>Adds a vector.</summary>
    public void Add(ReadOnlySpan<double> vector)
    {
        if (_count++ % _spacing != 0)
        {
            return;
        }

        if (_kept.Count == MostKept)
        {
            // This vector is at an even index, so it is kept at the doubled distance too.
            for (int i = 1; i < MostKept / 2; i++)
            {
                _kept[i] = _kept[2 * i];
            }

            _kept.RemoveRange(MostKept / 2, MostKept / 2);
            _spacing *= 2;
        }

        _kept.Add(vector.ToArray());
    }

    /// <summary>(tr C)² / tr C²; NaN where the vectors do not vary, or are fewer than 16.</summary>
    public double Value()
    {
        (double squareOfTrace, double traceOfSquare) = Moments();
        return traceOfSquare > 0 ? squareOfTrace / traceOfSquare : double.NaN;
    }

    /// <summary>Estimates of (tr C)² and of tr C², for independent vectors without bias; NaN for fewer than 16 vectors.</summary>
    internal (double SquareOfTrace, double TraceOfSquare) Moments()
    {
        int length = _kept.Count / Blocks;
        if (length < 2)
        {
            return (double.NaN, double.NaN);
        }

        double[][][] blocks = [.. Enumerable.Range(0, Blocks).Select(block => Centred(_kept.GetRange(block * length, length)))];
        double[] traces = [.. blocks.Select(block => block.Sum(vector => TensorPrimitives.SumOfSquares<double>(vector)))];
        double squareOfTrace = 0, traceOfSquare = 0;
        int pairs = 0;
        for (int a = 0; a < Blocks; a++)
        {
            for (int b = a + 2; b < Blocks; b++, pairs++)
            {
                squareOfTrace += traces[a] * traces[b];
                traceOfSquare += SumOfSquaredProducts(blocks[a], blocks[b]);
            }
        }

        double divisor = pairs * (length - 1.0) * (length - 1.0);
        return (squareOfTrace / divisor, traceOfSquare / divisor);
    }

    private static double SumOfSquaredProducts(double[][] first, double[][] second)
    {
        double sum = 0;
        foreach (double[] x in first)
        {
            foreach (double[] y in second)
            {
                double product = TensorPrimitives.Dot<double>(x, y);
                sum += product * product;
            }
        }

        return sum;
    }

    private double[][] Centred(List<double[]> vectors)
    {
        var mean = new double[size];
        foreach (double[] vector in vectors)
        {
            TensorPrimitives.Add(mean, vector, mean);
        }

        TensorPrimitives.Divide(mean, vectors.Count, mean);
        return [.. vectors.Select(vector =>
        {
            var centred = new double[size];
            TensorPrimitives.Subtract(vector, mean, centred);
            return centred;
        })];
    }
}
