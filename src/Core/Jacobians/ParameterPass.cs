using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>
/// A pass back over the steps of a trajectory: δ_t = ∂L/∂x_t as a vector and a power of two, and for each block of the parameters the sum of the outer products d fᵀ that the steps
/// contribute to its gradient (<see cref="IParameters"/>).
/// </summary>
internal sealed class ParameterPass
{
    // A vector whose norm is between these is not rescaled: after another Jacobian it is still far within the range of a double.
    private const double LowerNorm = 1.0 / (1L << 32), UpperNorm = 1L << 32;

    private readonly IParameters _parameters;
    private readonly double[] _lossGradient, _deltas, _factors, _log10Terms, _log10PartialSums;
    private readonly int[] _lags;
    private readonly OuterProductSum[] _sums;
    private readonly ScaledParts _rows, _columns;
    private double[] _gradient, _next;
    private double _exponent;
    private int _nextLag;
    private ScaledSum _norms, _lagsTimesNorms;

    /// <summary>Starts after the last step, where δ is 0.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="lossGradient">g, length N; not copied.</param>
    /// <param name="lags">The lags to read terms and partial sums at, ascending; not copied.</param>
    public ParameterPass(IParameters parameters, double[] lossGradient, int[] lags)
    {
        (_parameters, _lossGradient, _lags) = (parameters, lossGradient, lags);
        (_gradient, _next) = (new double[lossGradient.Length], new double[lossGradient.Length]);
        (_deltas, _factors) = (new double[parameters.DeltaLength], new double[parameters.FactorLength]);
        (_log10Terms, _log10PartialSums) = (new double[lags.Length], new double[lags.Length]);
        _sums = [.. parameters.Blocks.Select(block => new OuterProductSum(block.Rows.Length, block.Columns.Length))];
        _rows = new ScaledParts([.. parameters.Blocks.Select(block => block.Rows)]);
        _columns = new ScaledParts([.. parameters.Blocks.Select(block => block.Columns)]);
    }

    /// <summary>Whether δ is 0.</summary>
    public bool IsZero => !_gradient.AsSpan().ContainsAnyExcept(0);

    /// <summary>Adds g to δ, where the loss depends on the state after the step that is next.</summary>
    public void AddLoss()
    {
        if (IsZero)
        {
            _exponent = 0;
        }
        else if (_exponent < 0)
        {
            TensorPrimitives.Multiply(_gradient, PowerOfTwo.Of(_exponent), _gradient);
            _exponent = 0;
        }

        TensorPrimitives.MultiplyAdd(_lossGradient, PowerOfTwo.Of(-_exponent), _gradient, _gradient);
    }

    /// <summary>Adds what a step contributes to the gradients.</summary>
    /// <param name="lag">k, one more than that of the step added before.</param>
    /// <param name="step">Step T − k + 1.</param>
    public void Add(int lag, RecordedStep step)
    {
        double exponent = _exponent + _parameters.Write(step, _gradient, _deltas, _factors);
        _rows.Scale(_deltas);
        _columns.Scale(_factors);
        var square = default(ScaledSum);
        for (int i = 0; i < _sums.Length; i++)
        {
            ParameterBlock block = _parameters.Blocks[i];
            double whole = exponent + _rows.Exponent(i) + _columns.Exponent(i) - (step.Scale * block.Degree);
            _sums[i].Add(block.Rows.Of(_deltas), block.Columns.Of(_factors), whole);
            if (block.Kind == ParameterKind.RecurrentWeights)
            {
                square.AddSquare(_rows.Norm(i) * _columns.Norm(i), whole);
            }
        }

        ScaledSum norm = square.Root();
        _norms.Add(norm);
        _lagsTimesNorms.Add(norm, lag);
        if (_nextLag < _lags.Length && _lags[_nextLag] == lag)
        {
            _log10Terms[_nextLag] = norm.Log10;
            _log10PartialSums[_nextLag++] = Log10PartialSum();
        }
    }

    /// <summary>δ := J_tᵀ δ.</summary>
    public void StepBack(INetwork network, RecordedStep step)
    {
        network.MultiplyJacobianTransposed(step.Slopes, _gradient, _next);
        (_gradient, _next) = (_next, _gradient);
        _exponent += step.Exponent;
        if (VectorNorm.Of(_gradient) is < LowerNorm or > UpperNorm)
        {
            _exponent += PowerOfTwo.Extract(_gradient);
        }
    }

    /// <summary>The gradients; steps that were not added contribute 0.</summary>
    public ParameterGradient Result()
    {
        _log10Terms.AsSpan(_nextLag).Fill(double.NegativeInfinity);
        _log10PartialSums.AsSpan(_nextLag).Fill(Log10PartialSum());
        var squares = new (ParameterBlock Block, ScaledSum Square)[_sums.Length];
        for (int i = 0; i < squares.Length; i++)
        {
            squares[i].Block = _parameters.Blocks[i];
            _sums[i].AddSquareTo(ref squares[i].Square);
        }

        return new ParameterGradient(squares, ScaledSum.Ratio(_lagsTimesNorms, _norms), _log10Terms, _log10PartialSums);
    }

    private double Log10PartialSum()
    {
        var square = default(ScaledSum);
        for (int i = 0; i < _sums.Length; i++)
        {
            if (_parameters.Blocks[i].Kind == ParameterKind.RecurrentWeights)
            {
                _sums[i].AddSquareTo(ref square);
            }
        }

        return square.Log10Root;
    }

    /// <summary>Parts of a vector, each scaled by a power of two of its own. Several blocks may have the same part.</summary>
    private sealed class ScaledParts
    {
        private readonly Place[] _parts;
        private readonly int[] _partOf;
        private readonly double[] _exponents, _norms;

        public ScaledParts(Place[] places)
        {
            _parts = [.. places.Distinct()];
            _partOf = [.. places.Select(place => Array.IndexOf(_parts, place))];
            (_exponents, _norms) = (new double[_parts.Length], new double[_parts.Length]);
        }

        /// <summary>Divides each part by 2^e such that its largest magnitude is in [1, 2), unless it is 0.</summary>
        public void Scale(Span<double> vector)
        {
            for (int i = 0; i < _parts.Length; i++)
            {
                Span<double> part = _parts[i].Of(vector);
                _exponents[i] = PowerOfTwo.Extract(part);
                _norms[i] = TensorPrimitives.Norm<double>(part);
            }
        }

        /// <summary>e of the part of a block.</summary>
        public double Exponent(int block) => _exponents[_partOf[block]];

        /// <summary>The norm of the scaled part of a block.</summary>
        public double Norm(int block) => _norms[_partOf[block]];
    }
}
