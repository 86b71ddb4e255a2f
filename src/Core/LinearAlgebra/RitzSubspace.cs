using System.Numerics;
using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.LinearAlgebra;

/// <summary>
/// A block of orthonormal vectors that is iterated with a power of A, and the eigenvalues of A restricted to it (orthogonal iteration with a
/// Rayleigh–Ritz step; Golub &amp; Van Loan, Matrix Computations, § 7.3).
/// </summary>
internal sealed class RitzSubspace
{
    private const int MostIterations = 24;

    // All Ritz values this close to the largest must converge, because any of them may belong to the largest eigenvalue.
    private const double LeadingFraction = 0.999;

    private readonly LinearAlgebra.Matrix _a;
    private readonly int _size;
    private readonly double _rounding;
    private readonly double[] _r;
    private readonly double[] _workspace;
    private readonly double[] _transposed;
    private double[] _basis;
    private double[] _image;

    public RitzSubspace(LinearAlgebra.Matrix a)
    {
        int n = a.Rows;
        _a = a;
        _rounding = Math.ScaleB(TensorPrimitives.Norm<double>(a.Values), -52);
        _size = n < 48 ? 8 : 8 + (8 * ((n + 127) / 128)); // about n/16, in whole vectors of the kernel
        _basis = new double[n * _size];
        _image = new double[n * _size];
        _transposed = new double[n * _size];
        _r = new double[_size * _size];
        _workspace = new double[ThinQr.WorkspaceLength(n, _size)];
        new Philox(0, 0).FillNormal(_basis);
    }

    /// <summary>
    /// Iterates until the residuals of the leading Ritz pairs are at most the given one, relative to the largest modulus, or at rounding level. Null
    /// where that is out of reach; it is unless the block also contains eigenvalues well below the leading modulus. Returns one of each conjugate
    /// pair.
    /// </summary>
    public RitzPair[]? Iterate(double[] power, double residual)
    {
        int n = _a.Rows;
        double required = Math.Log2(residual);
        int next = 1;
        for (int iteration = 1; iteration <= MostIterations; iteration++)
        {
            MatrixProduct.Multiply(power, _basis, _image, n, n, _size);
            (_basis, _image) = (_image, _basis);
            ThinQr.Factor(_basis, _r, n, _size, _workspace);
            if (_r[0] == 0 || !double.IsFinite(_r[0]))
            {
                return null;
            }

            // R's diagonal estimates powers of the moduli, and so the factor by which an iteration reduces the error.
            double log2Rate = Math.Log2(_r[^1] / _r[0]);
            if (iteration == 3 && !(3 * MostIterations * log2Rate <= required))
            {
                return null;
            }

            next = Math.Max(next, (int)Math.Min(required / log2Rate, MostIterations));
            if (iteration < next)
            {
                continue;
            }

            RitzPair[] pairs = LeadingPairs();
            double largest = pairs.Max(pair => pair.Modulus);
            if (pairs.All(pair => pair.Residual <= Math.Max(residual * largest, _rounding)))
            {
                return pairs;
            }

            next = iteration + 1 + (iteration / 8);
        }

        return null;
    }

    private RitzPair[] LeadingPairs()
    {
        int n = _a.Rows;
        var h = new double[_size * _size];
        MatrixProduct.Multiply(_a.Values, _basis, _image, n, n, _size);
        Transposition.Copy(_basis, _size, _transposed, n, n, _size);
        MatrixProduct.Multiply(_transposed, _image, h, _size, n, _size);
        Evd<double> small = Matrix<double>.Build.Dense(_size, _size, (i, j) => h[(i * _size) + j]).Evd();
        double least = LeadingFraction * small.EigenValues.Max(Complex.Abs);
        return
        [
            .. Enumerable.Range(0, _size)
                .Where(i => small.EigenValues[i].Imaginary >= 0 && Complex.Abs(small.EigenValues[i]) >= least)
                .Select(i => Pair(small, i)),
        ];
    }

    // A complex eigenvector occupies two columns of the real factor: its real and its imaginary part.
    private RitzPair Pair(Evd<double> small, int index)
    {
        Complex value = small.EigenValues[index];
        double[] real = small.EigenVectors.Column(index).ToArray();
        double[] imaginary = value.Imaginary == 0 ? new double[_size] : small.EigenVectors.Column(index + 1).ToArray();
        double[] x = Combine(_basis, real), y = Combine(_basis, imaginary);
        double[] ax = Combine(_image, real), ay = Combine(_image, imaginary);
        double squares = 0, length = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double re = ax[i] - ((value.Real * x[i]) - (value.Imaginary * y[i]));
            double im = ay[i] - ((value.Real * y[i]) + (value.Imaginary * x[i]));
            squares += (re * re) + (im * im);
            length += (x[i] * x[i]) + (y[i] * y[i]);
        }

        return new RitzPair(value, x, y, Math.Sqrt(squares / length));
    }

    private double[] Combine(double[] vectors, double[] weights)
    {
        var combination = new double[_a.Rows];
        MatrixVector.Multiply(vectors, weights, combination);
        return combination;
    }
}
