using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;

namespace RnnSweep.Core.Jacobians;

/// <summary>The blocks of steps between two factorisations.</summary>
internal sealed partial class LeadingFrame
{
    // Relative error of R_ii per step that blocks of more than one step may add, and the factor beyond which a block is repeated, as in SpectralProduct.
    private const double BlockError = 2.3e-11, RetryFactor = 4;

    private const int LongestBlock = 16;

    private enum Factorisation
    {
        Cholesky,
        GramSchmidt,
        Reflections,
    }

    // Slopes below the range of a double are raised to 2^−1022. With weights up to 2^100 this changes an R_ii above this by less than an ulp.
    private const double LeastWithRaisedSlopes = -850 * 0.6931471805599453;

    private void BeginBlock() => _columns.LoadPanels(_frame.Values, _frame.Maxima, hasPendingFactor: false);

    private void Flush(bool slopesAreRaised = false)
    {
        if (_pending > 0)
        {
            EndBlock(0, _pending, slopesAreRaised);
            _pending = 0;
        }
    }

    private void EndBlock(int first, int count, bool slopesAreRaised)
    {
        bool isDone = TryFactor(first, count, slopesAreRaised);
        BeginBlock();
        if (!isDone)
        {
            int half = count / 2;
            _length = half;
            Apply(first, half, slopesAreRaised);
            Apply(first + half, count - half, slopesAreRaised);
        }
    }

    private void Apply(int first, int count, bool slopesAreRaised)
    {
        for (int step = first; step < first + count; step++)
        {
            _columns.Advance(_slopes.AsSpan(step * _slopeLength, _slopeLength), _exponents[step]);
        }

        EndBlock(first, count, slopesAreRaised);
    }

    // Factors the columns of a block of steps, unless it has several and its error is too large.
    private bool TryFactor(int first, int count, bool slopesAreRaised)
    {
        _columns.Complete();
        using PooledSpan memory = new(_size * _count), triangle = new(_count * _count), logarithms = new(_count);
        Span<double> m = memory.Values, r = triangle.Values, logs = logarithms.Values;
        Factorisation used = _isIndependent && _columns.TryTriangularise(r) ? Factorisation.Cholesky : _columns.TryFactor(r, _frame) ? Factorisation.GramSchmidt : Factorisation.Reflections;
        if (used == Factorisation.Reflections)
        {
            _columns.Read(complete: true, m);
            Orthonormalise(m, r);
        }

        double largest = Logarithms(r, logs, out _isIndependent), worst = WorstError(count, largest, logs);
        if (IsInaccurate(count, worst))
        {
            return false;
        }

        double scale = slopesAreRaised ? _exponents[first] * Math.Log(2) : double.NegativeInfinity;
        for (int i = 0; i < _count; i++)
        {
            _growth[i] += logs[i];
            bool isLost = slopesAreRaised && !(logs[i] - scale >= LeastWithRaisedSlopes);
            _errors[i] += isLost ? double.PositiveInfinity : Error(count, largest, logs[i]);
        }

        switch (used)
        {
            case Factorisation.Cholesky:
                _columns.Orthonormalise(r, _frame);
                break;
            case Factorisation.GramSchmidt:
                _frame.Swap();
                _frame.NoteMaxima();
                break;
            default:
                _frame.Pack(m);
                break;
        }

        Blocks++;
        _length = Fitting(Math.Min(Math.Max(_length, count + 1), LongestBlock), worst / count, count); // the beginning or a sampled step may have cut the block short
        return true;
    }

    // ln of the true R_ii, with the columns' exponents, and whether every column keeps enough of its length; returns ln of the longest column's length.
    private double Logarithms(ReadOnlySpan<double> r, Span<double> logs, out bool isIndependent)
    {
        double largest = double.NegativeInfinity;
        isIndependent = true;
        for (int i = 0; i < _count; i++)
        {
            double squares = 0, exponent = _columns.Exponents[i] * Math.Log(2);
            for (int j = 0; j <= i; j++)
            {
                squares += r[(j * _count) + i] * r[(j * _count) + i];
            }

            largest = squares > 0 ? Math.Max(largest, (0.5 * Math.Log(squares)) + exponent) : largest;
            isIndependent &= r[(i * _count) + i] >= CholeskyQr.LeastKept * Math.Sqrt(squares);
            logs[i] = Math.Log(r[(i * _count) + i]) + exponent;
        }

        return largest;
    }

    // Whether a block of several steps has to be done again in halves.
    private static bool IsInaccurate(int steps, double worst) => steps > 1 && !(worst <= RetryFactor * BlockError * steps);

    // The largest error among the R_ii that are not unknown or 0 already.
    private double WorstError(int steps, double largest, ReadOnlySpan<double> logs)
    {
        double worst = 0;
        for (int i = 0; i < _count; i++)
        {
            worst = _errors[i] <= SpectralProduct.TrustedError && i < _rankBound ? Math.Max(worst, Error(steps, largest, logs[i])) : worst;
        }

        return worst;
    }

    // The relative error of an R_ii after some steps.
    private static double Error(int steps, double largest, double log) =>
        double.IsNegativeInfinity(log) ? 0 : MeasuredColumns.Rounding * steps * Math.Exp(largest - log);

    private void Orthonormalise(Span<double> m, Span<double> r)
    {
        if (_count > 1)
        {
            Orthonormalisation.Factor(m, r, _size, _count, dropsZeros: false);
            return;
        }

        r[0] = VectorNorm.Of(m);
        if (r[0] > 0)
        {
            TensorPrimitives.Divide(m, r[0], m);
        }
        else
        {
            _frame.Unpack(_frame.Values, m); // any direction will do
        }
    }

    // The longest block, up to a length, with an allowed error, if errors continue to grow by the same factor per step.
    private static int Fitting(int most, double errorPerStep, int count)
    {
        double rate = Math.Log(Math.Max(errorPerStep / MeasuredColumns.Rounding, 1)) / count, allowed = Math.Log(BlockError / MeasuredColumns.Rounding);
        return rate * most <= allowed ? most : Math.Max(1, (int)(allowed / rate));
    }
}
