using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.LinearAlgebra.Kernels;

namespace RnnSweep.Core.Tests.LinearAlgebra.Kernels;

/// <summary>Every kernel that this machine can run, compared with a plain loop.</summary>
public sealed class ProductKernelTests
{
    private const double Canary = 1.25e300;

    public static TheoryData<string> Names => [.. ProductKernel.Supported.Select(kernel => kernel.Name)];

    private static ProductKernel Named(string name) => ProductKernel.Supported.Single(kernel => kernel.Name == name);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_product_is_that_of_the_plain_loop_whatever_the_shape(string name)
    {
        ProductKernel kernel = Named(name);
        foreach (int rows in new[] { 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 40 })
        {
            foreach (int inner in new[] { 1, 2, 5, 33 })
            {
                for (int columns = 1; columns <= 50; columns++)
                {
                    Matrix a = PlainMatrix.Gaussian(rows, inner, 1), b = PlainMatrix.Gaussian(inner, columns, 2);
                    double[] left = new double[kernel.PaddedRows(rows) * inner], right = new double[inner * kernel.PaddedColumns(columns)];
                    var c = new double[(rows * columns) + 1];
                    Array.Fill(c, Canary);
                    kernel.PackLeft(a.Values, rows, inner, left);
                    kernel.PackRight(b.Values, inner, columns, inner, right);

                    kernel.Multiply(left, right, c, rows, inner, columns);

                    Assert.Equal(Canary, c[^1]);
                    AssertProduct(kernel, a, b, new Matrix(rows, columns, c[..^1]));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_product_in_panels_changes_the_panels_from_a_column_on(string name)
    {
        ProductKernel kernel = Named(name);
        foreach ((int rows, int inner, int columns) in new[] { (1, 1, 1), (8, 24, 24), (17, 24, 28), (24, 17, 50), (40, 24, 61) })
        {
            Matrix a = PlainMatrix.Gaussian(rows, inner, 1), b = PlainMatrix.Gaussian(inner, columns, 2), before = PlainMatrix.Gaussian(rows, columns, 3);
            int height = kernel.PaddedRows(rows), depth = kernel.PaddedRows(inner), padded = kernel.PaddedColumns(columns);
            double[] left = new double[height * inner], right = new double[depth * padded], target = new double[height * padded];
            kernel.PackLeft(a.Values, rows, inner, left);
            kernel.PackRight(b.Values, inner, columns, depth, right);
            Matrix product = PlainMatrix.Multiply(a, b);
            foreach (bool subtracts in new[] { false, true })
            {
                for (int first = 0; first < columns; first += 8)
                {
                    var after = new Matrix(rows, columns);
                    kernel.PackRight(before.Values, rows, columns, height, target);

                    kernel.MultiplyPanels(left, right, target, rows, inner, first, padded, subtracts);

                    kernel.UnpackRight(target, rows, columns, height, after.Values);
                    int start = 0;
                    while (start + kernel.PanelColumns(start, padded) <= first)
                    {
                        start += kernel.PanelColumns(start, padded);
                    }

                    for (int i = 0; i < rows; i++)
                    {
                        for (int j = 0; j < columns; j++)
                        {
                            double expected = j < start ? before[i, j] : subtracts ? before[i, j] - product[i, j] : product[i, j];
                            Assert.Equal(expected, after[i, j], 1e-13 * (1 + inner)); // rounding of a sum of products of numbers of some units
                        }
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_scaled_product_is_that_of_the_plain_loop_with_the_largest_of_each_column(string name)
    {
        ProductKernel kernel = Named(name);
        foreach (int size in new[] { 1, 2, 3, 4, 5, 8, 9, 12, 31, 100 })
        {
            for (int columns = 1; columns <= 40; columns += size > 12 ? 13 : 1)
            {
                Matrix weights = PlainMatrix.Gaussian(size, size, 3), block = PlainMatrix.Gaussian(size, columns, 4);
                double[] slopes = PlainMatrix.Gaussian(size, 1, 5).Values;
                int height = kernel.PaddedRows(size), padded = kernel.PaddedColumns(columns);
                double[] right = new double[height * padded], target = new double[height * padded], maxima = new double[padded];
                var packed = new PackedMatrix(weights.Values, size, kernel);
                kernel.PackRight(block.Values, size, columns, height, right);

                kernel.MultiplyScaled(packed.Values, right, target, [.. slopes, .. new double[height - size]], maxima, size, padded);

                var product = new Matrix(size, columns);
                kernel.UnpackRight(target, size, columns, height, product.Values);
                AssertProduct(kernel, weights, block, product, slopes);
                for (int j = 0; j < padded; j++)
                {
                    double largest = j < columns ? Enumerable.Range(0, size).Max(i => Math.Abs(product[i, j])) : 0;
                    Assert.Equal(largest, maxima[j]);
                }
            }
        }
    }

    // Sizes with one and several blocks of rows, and with rows that fill neither panels nor vectors.
    [Theory]
    [MemberData(nameof(Names))]
    public void A_vector_that_is_multiplied_beside_the_columns_has_the_bits_of_a_product_with_it_alone(string name)
    {
        ProductKernel kernel = Named(name);
        foreach (int size in new[] { 1, 2, 5, 8, 9, 31, 33, 100, 523 })
        {
            Matrix weights = PlainMatrix.Gaussian(size, size, 3), block = PlainMatrix.Gaussian(size, 3, 4), vector = PlainMatrix.Gaussian(size, 1, 5);
            int height = kernel.PaddedRows(size), padded = kernel.PaddedColumns(3);
            double[] right = new double[height * padded], target = new double[height * padded], plain = new double[height * padded], maxima = new double[padded], image = new double[height];
            double[] ones = [.. Enumerable.Repeat(1.0, size), .. new double[height - size]], expected = new double[size];
            var packed = new PackedMatrix(weights.Values, size, kernel);
            kernel.PackRight(block.Values, size, 3, height, right);
            kernel.MultiplyScaled(packed.Values, right, plain, ones, maxima, size, padded);
            kernel.MultiplyTransposed(weights.Transpose().Values, vector.Values, expected);
            Array.Fill(image, Canary);

            kernel.MultiplyScaled(packed.Values, right, target, ones, maxima, size, padded, vector.Values, image);

            Assert.Equal(plain, target);
            Assert.Equal(expected, image[..size]);
            Assert.All(image[size..], value => Assert.Equal(0, value));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_matrix_laid_out_as_a_right_operand_is_read_back(string name)
    {
        ProductKernel kernel = Named(name);
        for (int columns = 1; columns <= 60; columns++)
        {
            Matrix matrix = PlainMatrix.Gaussian(5, columns, 6), read = new(5, columns);
            int height = kernel.PaddedRows(5);
            var panels = new double[height * kernel.PaddedColumns(columns)];
            Array.Fill(panels, Canary);

            kernel.PackRight(matrix.Values, 5, columns, height, panels);
            kernel.UnpackRight(panels, 5, columns, height, read.Values);

            Assert.Equal(matrix.Values, read.Values);
            Assert.Equal(panels.Length - matrix.Values.Length, panels.Count(value => value == 0));
        }
    }

    // The kernels sum like the plain loop, in the order of the inner index with one rounding per term, so the results must be equal; the
    // portable kernel also rounds the product, which is within k ε |A| |B| (Higham 2002, § 3.5).
    private static void AssertProduct(ProductKernel kernel, Matrix a, Matrix b, Matrix product, double[]? factors = null)
    {
        for (int i = 0; i < a.Rows; i++)
        {
            double factor = factors?[i] ?? 1;
            for (int j = 0; j < b.Columns; j++)
            {
                double sum = 0, magnitude = 0;
                for (int k = 0; k < a.Columns; k++)
                {
                    sum = Math.FusedMultiplyAdd(a[i, k], b[k, j], sum);
                    magnitude += Math.Abs(a[i, k] * b[k, j] * factor);
                }

                double tolerance = kernel.Name == "portable" ? (a.Columns + 1) * 2.3e-16 * magnitude : 0;
                Assert.InRange(product[i, j], (sum * factor) - tolerance, (sum * factor) + tolerance);
            }
        }
    }
}
