using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Core.Jacobians.Batched;

/// <summary>A small network with its drive and its start, for a batch.</summary>
/// <param name="Network">The network; <see cref="BatchedNetwork.Fits"/>.</param>
/// <param name="Drive">W_in u_t + b of every step.</param>
/// <param name="Start">The state before the transient, length N.</param>
/// <param name="LossGradient">The gradient that is propagated back, length N.</param>
internal sealed record BatchMember(RecurrentNetwork Network, Drive Drive, double[] Start, double[] LossGradient);

/// <summary>
/// Up to as many networks of one size, activation and form as a vector register has lanes. Lanes that are left repeat the first network.
/// </summary>
internal sealed class BatchedNetwork : IStateSteps
{
    // Dense weights of which the largest is within 2^±20 keep a product in range for some steps.
    private const double SmallestWeight = 1.0 / (1 << 20);

    private readonly BatchMember[] _lanes;
    private readonly Activation _activation;
    private readonly int _transient;
    private readonly Memory<double> _weights, _jacobianWeights, _drive, _values;
    private readonly double[] _sums;
    private readonly bool _driveIsConstant;

    /// <summary>Places networks side by side.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="members">At least one, at most as many as the kernel has lanes.</param>
    /// <param name="transient">Number of steps before x_0.</param>
    /// <param name="memory">Holds <see cref="LengthOf"/> doubles for it.</param>
    public BatchedNetwork(BatchedKernel kernel, IReadOnlyList<BatchMember> members, int transient, AlignedMemory memory)
    {
        ArgumentOutOfRangeException.ThrowIfZero(members.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(members.Count, kernel.Lanes);
        (Kernel, Members, _transient) = (kernel, members.Count, transient);
        _lanes = [.. Enumerable.Range(0, kernel.Lanes).Select(lane => members[lane < members.Count ? lane : 0])];
        RecurrentNetwork first = members[0].Network;
        (Size, SlopesComeFirst, _activation) = (first.HiddenSize, first.RecurrentJacobian.SlopesComeFirst, first.Activation);
        _weights = SideBySide(memory, member => member.Network.Weights.Values);
        _jacobianWeights = first.Weights == first.JacobianWeights ? _weights : SideBySide(memory, member => member.Network.JacobianWeights.Values);
        (_drive, _values, _sums) = (memory.Next(StateLength), memory.Next(StateLength), new double[3 * kernel.Lanes]);
        _driveIsConstant = Array.TrueForAll(_lanes, member => member.Drive.IsConstant);
        FillDrive(0);
    }

    /// <summary>The kernel.</summary>
    public BatchedKernel Kernel { get; }

    /// <summary>Number of networks.</summary>
    public int Members { get; }

    /// <summary>N.</summary>
    public int Size { get; }

    /// <summary>Whether the Jacobian is W diag(φ') instead of diag(φ') W.</summary>
    public bool SlopesComeFirst { get; }

    /// <summary>Whether a slope may be exactly 0.</summary>
    public bool SlopesCanBeZero => _lanes[0].Network.SlopesCanBeZero;

    /// <summary>The matrices of the Jacobians, N × N.</summary>
    public ReadOnlySpan<double> JacobianWeights => _jacobianWeights.Span;

    /// <inheritdoc/>
    public int StateLength => Size * Kernel.Lanes;

    /// <inheritdoc/>
    public int SlopeLength => StateLength;

    /// <summary>Of the last step: Σ φ', Σ ln φ' and max ln φ' of each lane.</summary>
    public ReadOnlySpan<double> Sums => _sums;

    /// <summary>Whether a network can be in a batch: its Jacobian is not constant, and its weights are dense and of moderate size.</summary>
    public static bool Fits(INetwork network) =>
        network is RecurrentNetwork { JacobianIsConstant: false, WeightsExponent: 0 } plain && plain.Parts.IsDense && plain.LargestWeight is >= SmallestWeight and <= 1 / SmallestWeight;

    /// <summary>Doubles that networks of a size need.</summary>
    public static int LengthOf(int size, int lanes) => ((2 * size) + 2) * size * lanes;

    /// <summary>A vector or matrix of each member, side by side.</summary>
    public Memory<double> SideBySide(AlignedMemory memory, Func<BatchMember, double[]> of)
    {
        int lanes = Kernel.Lanes;
        Memory<double> result = default;
        for (int lane = 0; lane < lanes; lane++)
        {
            double[] values = of(_lanes[lane]);
            result = lane == 0 ? memory.Next(values.Length * lanes) : result;
            Span<double> target = result.Span;
            for (int i = 0; i < values.Length; i++)
            {
                target[(i * lanes) + lane] = values[i];
            }
        }

        return result;
    }

    /// <inheritdoc/>
    public void Advance(int index, Span<double> state, Span<double> slopes) => AdvanceTransient((long)_transient + index, state, slopes);

    /// <summary>As <see cref="Advance"/>, with an index from the start of the transient.</summary>
    public void AdvanceTransient(long index, Span<double> state, Span<double> slopes)
    {
        if (!_driveIsConstant)
        {
            FillDrive(index);
        }

        Span<double> weights = _weights.Span, drive = _drive.Span, values = _values.Span;
        if (SlopesComeFirst)
        {
            _activation.EvaluateSideBySide(state, Kernel.Lanes, values, slopes, _sums);
            Kernel.MultiplyVector(weights, isTransposed: false, values, state, Size);
            TensorPrimitives.Add(state, drive, state);
        }
        else
        {
            Kernel.MultiplyVector(weights, isTransposed: false, state, values, Size);
            TensorPrimitives.Add(values, drive, values);
            _activation.EvaluateSideBySide(values, Kernel.Lanes, state, slopes, _sums);
        }
    }

    private void FillDrive(long index)
    {
        int lanes = Kernel.Lanes;
        using PooledSpan one = new(Size);
        Span<double> drive = _drive.Span;
        for (int lane = 0; lane < lanes; lane++)
        {
            if (lane < Members)
            {
                _lanes[lane].Drive.Fill(index, one.Values);
            }
            else if (lane == Members)
            {
                _lanes[0].Drive.Fill(index, one.Values);
            }

            for (int i = 0; i < Size; i++)
            {
                drive[(i * lanes) + lane] = one.Values[i];
            }
        }
    }
}
