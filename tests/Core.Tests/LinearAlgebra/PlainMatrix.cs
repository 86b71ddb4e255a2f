using MathNet.Numerics.LinearAlgebra;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Randomness;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.LinearAlgebra;

/// <summary>Textbook linear algebra in plain loops: the reference for the program's kernels.</summary>
internal static class PlainMatrix
{
    /// <summary>A product multiplied by its powers of two, for products that fit into a double.</summary>
    public static Matrix Of(JacobianProduct product)
    {
        (Matrix values, double exponent) = product.Form();
        return Map(values, x => x * Math.Pow(2, exponent));
    }

    public static Matrix Of(double[,] values) => new(values.GetLength(0), values.GetLength(1), [.. values.Cast<double>()]);

    public static Matrix Gaussian(int rows, int columns, ulong seed)
    {
        var matrix = new Matrix(rows, columns);
        new Philox(seed, 0xABCDEF).FillNormal(matrix.Values);
        return matrix;
    }

    public static Matrix Diagonal(params double[] values)
    {
        var matrix = new Matrix(values.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            matrix[i, i] = values[i];
        }

        return matrix;
    }

    public static Matrix Identity(int n) => Permutation([.. Enumerable.Range(0, n)]);

    public static Matrix Permutation(params int[] columnOfRow)
    {
        var matrix = new Matrix(columnOfRow.Length, columnOfRow.Length);
        for (int i = 0; i < columnOfRow.Length; i++)
        {
            matrix[i, columnOfRow[i]] = 1;
        }

        return matrix;
    }

    /// <summary>Orthonormal columns with positive diagonal of R, by Gram–Schmidt done twice, because one pass loses orthogonality.</summary>
    public static Matrix GramSchmidt(Matrix a)
    {
        int n = a.Rows;
        Matrix q = new(n, n, [.. a.Values]);
        for (int column = 0; column < n; column++)
        {
            for (int pass = 0; pass < 2; pass++)
            {
                for (int earlier = 0; earlier < column; earlier++)
                {
                    double projection = 0;
                    for (int i = 0; i < n; i++)
                    {
                        projection += q[i, earlier] * q[i, column];
                    }

                    for (int i = 0; i < n; i++)
                    {
                        q[i, column] -= projection * q[i, earlier];
                    }
                }
            }

            double norm = 0;
            for (int i = 0; i < n; i++)
            {
                norm += q[i, column] * q[i, column];
            }

            for (int i = 0; i < n; i++)
            {
                q[i, column] /= Math.Sqrt(norm);
            }
        }

        return q;
    }

    public static Matrix Orthogonal(int n, ulong seed) => GramSchmidt(Gaussian(n, n, seed));

    public static Matrix Multiply(Matrix a, Matrix b)
    {
        var c = new Matrix(a.Rows, b.Columns);
        for (int i = 0; i < a.Rows; i++)
        {
            for (int j = 0; j < b.Columns; j++)
            {
                double sum = 0;
                for (int k = 0; k < a.Columns; k++)
                {
                    sum += a[i, k] * b[k, j];
                }

                c[i, j] = sum;
            }
        }

        return c;
    }

    public static Matrix Multiply(Matrix a, Matrix b, params Matrix[] more) => more.Aggregate(Multiply(a, b), Multiply);

    public static double[] Multiply(Matrix a, double[] x) => Multiply(a, new Matrix(x.Length, 1, x)).Values;

    public static Matrix Map(Matrix a, Func<double, double> f) => new(a.Rows, a.Columns, [.. a.Values.Select(f)]);

    public static double MaxAbs(Matrix a) => a.Values.Max(Math.Abs);

    public static Matrix<double> ToMathNet(Matrix a) => Matrix<double>.Build.Dense(a.Rows, a.Columns, (i, j) => a[i, j]);

    public static double[] SingularValues(Matrix a) => [.. ToMathNet(a).Svd(false).S];

    /// <summary>
    /// ρ(A) = lim ‖A^m‖^(1/m) (Gelfand), by repeated squaring with the scale removed; it uses no eigenvalues. The rounding
    /// error of the k-th squaring has the weight 2^−k.
    /// </summary>
    public static double SpectralRadiusByPowers(Matrix a)
    {
        double log = 0, weight = 1;
        for (int k = 0; k < 56; k++)
        {
            double scale = MaxAbs(a);
            if (scale == 0)
            {
                return 0;
            }

            log += weight * Math.Log(scale);
            weight /= 2;
            a = Map(a, x => x / scale);
            a = Multiply(a, a);
        }

        return Math.Exp(log);
    }

    public static void AssertClose(Matrix expected, Matrix actual, double tolerance)
    {
        Assert.Equal((expected.Rows, expected.Columns), (actual.Rows, actual.Columns));
        for (int i = 0; i < expected.Values.Length; i++)
        {
            Assert.Equal(expected.Values[i], actual.Values[i], tolerance);
        }
    }

    public static void AssertRelative(double expected, double actual, double tolerance)
    {
        if (expected.Equals(actual))
        {
            return; // equal infinities have no difference
        }

        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Abs(expected), $"expected {expected:R}, but was {actual:R}");
    }
}
