using System.Numerics.Tensors;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Experiments;

/// <summary>The network of a replicate and its drive.</summary>
/// <param name="Network">The network.</param>
/// <param name="Drive">W_in u_t + b of every step.</param>
/// <param name="WeightsNorm">‖W‖₂, NaN where no weights are known; of a gated network that of the candidate's block, of a minimalRNN that of its only block.</param>
/// <param name="CommonNorm">The factor of a bound on ‖J_t‖₂ that is the same at all steps.</param>
/// <param name="CommonLogDeterminant">The part of ln |det J_t| that is the same at all steps.</param>
internal sealed record ReplicateNetwork(INetwork Network, Drive Drive, double WeightsNorm, double CommonNorm, double CommonLogDeterminant)
{
    /// <summary>The network of a replicate; null where exact scaling would divide by a spectral radius of 0.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="replicate">The replicate.</param>
    /// <param name="drawn">Returns the unscaled recurrent weights of a block, by its place in <see cref="GateBlocks.DrawOrder"/>; of a trained network as of <see cref="TrainedNetwork.RecurrentBlock"/>.</param>
    /// <param name="matrices">The user's matrices.</param>
    /// <exception cref="OverflowException">The scaled weights are beyond the range of a double, or of gated networks.</exception>
    public static ReplicateNetwork? Of(CellSpec spec, int replicate, Func<int, DrawnWeights> drawn, IMatrixSource matrices)
    {
        if (spec.JacobiansDigest is { } given)
        {
            return Given(spec, replicate, matrices.Rows(given));
        }

        int direction = (int)spec.Direction;
        InputRows? input = spec.InputDigest is null
            ? null
            : InputRows.Of(matrices.Find(spec.InputDigest), spec.InputSequences, replicate, isReversed: spec.Direction == Direction.Backward);
        if (spec.NetworkDigest is null)
        {
            if (spec.Network != NetworkKind.Rnn)
            {
                return Drawn(spec, replicate, drawn, input);
            }

            var drawnDrive = Drive.Of(spec.HiddenSize, spec.ResolvedInputSize, spec.InputScale, spec.Bias, spec.BiasScale, spec.Seed, replicate, input);
            return spec.Tied ? Plain(spec, replicate, drawn(0), drawnDrive) : Untied(spec, replicate, drawnDrive);
        }

        Matrix packed = matrices.Find(spec.NetworkDigest);
        TrainedLayer first = TrainedNetwork.Layer(packed, 0, direction);
        Drive drive = Drive.Of(first.Input, DriveBias(spec, first), spec.InputScale, spec.Seed, replicate, input);
        return spec is { Network: NetworkKind.Rnn, RunningLayers: 1 }
            ? Plain(spec, replicate, drawn(direction * GateBlocks.Of(spec.Network).Count), drive)
            : Trained(spec, drawn, packed, first, drive);
    }

    private static ReplicateNetwork Given(CellSpec spec, int replicate, IMatrixRows rows)
    {
        int sequences = Math.Max(1, spec.JacobianSequences), steps = rows.Rows / rows.Columns / sequences;
        int sequence = spec.JacobianSequences == 0 ? 0 : replicate;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, sequences, nameof(replicate));
        var network = new GivenJacobians(rows, sequence * steps * rows.Columns, steps, spec.JacobiansLayout);
        return new ReplicateNetwork(network, Drive.Of(0, 0, 0, 0, 0, spec.Seed, replicate, null), double.NaN, double.NaN, 0);
    }

    // A network with weights of its own for each step, which have no common norm or determinant.
    private static ReplicateNetwork Untied(CellSpec spec, int replicate, Drive drive)
    {
        var network = new UntiedNetwork(spec.WeightDistribution, spec.HiddenSize, spec.SpectralRadius, spec.Seed, replicate, spec.State, Activation.Named(spec.Activation));
        return new ReplicateNetwork(network, drive, double.NaN, double.NaN, 0);
    }

    private static ReplicateNetwork? Plain(CellSpec spec, int replicate, DrawnWeights drawn, Drive drive)
    {
        int n = spec.HiddenSize;
        var weights = new Matrix(n, n);
        if (Scale(spec, spec.SpectralRadius, drawn, weights.Values) is not (double norm, double logDeterminant))
        {
            return null;
        }

        bool hasLowRank = spec.Weights == WeightEnsemble.LowRank && spec.NetworkDigest is null;
        if (hasLowRank)
        {
            LowRankPart.Add(weights, spec.Rank, spec.LowRankStrength, spec.Seed, replicate);
        }

        if (spec.Diffusion != 0 || hasLowRank)
        {
            for (int i = 0; i < n; i++)
            {
                weights[i, i] -= spec.Diffusion;
            }

            // An antisymmetric A is normal with imaginary eigenvalues iω, so the eigenvalues of A − γI have the moduli √(ω² + γ²).
            norm = spec.Weights == WeightEnsemble.Antisymmetric ? double.Hypot(norm, spec.Diffusion) : spec.MeasuresNorms ? SpectralNorm.Of(weights.Values, n, n) : double.NaN;
            bool isSingular = hasLowRank && spec is { SpectralRadius: 0, Diffusion: 0 } && spec.Rank < n; // which rounding would hide
            logDeterminant = isSingular ? double.NegativeInfinity : spec.MeasuresNorms ? LogDeterminant.Of(weights) : double.NaN;
        }

        var plain = RecurrentNetwork.Of(spec.State, spec.Jacobian, weights, Activation.Named(spec.Activation));
        return spec.Leak == 1
            ? new ReplicateNetwork(plain, drive, norm, norm, logDeterminant)
            : new ReplicateNetwork(new LeakyNetwork(plain, spec.Leak, norm), drive, norm, 1, 0);
    }

    // A network with gates whose weights are drawn.
    private static ReplicateNetwork? Drawn(CellSpec spec, int replicate, Func<int, DrawnWeights> drawn, InputRows? input)
    {
        if (GatedWeights(spec, drawn) is not var (weights, norm, logDeterminant))
        {
            return null;
        }

        int n = spec.HiddenSize;
        (GatedNetwork network, double[] biases) = spec.Network switch
        {
            NetworkKind.Gru => (new GruNetwork(weights, new double[n]), new[] { spec.ResetBias, spec.UpdateBias, spec.Bias }),
            NetworkKind.Lstm => (new LstmNetwork(weights), [spec.InputBias, spec.ForgetBias, spec.Bias, spec.OutputBias]),
            _ => ((GatedNetwork)Minimal(spec, replicate, weights), new[] { spec.Bias }),
        };
        var drive = Drive.Of(
            n, GateBlocks.Of(spec.Network).DrawOrder, biases, spec.ResolvedInputSize, spec.InputScale, spec.BiasScale, spec.Seed, replicate, input);
        return new ReplicateNetwork(network, drive, norm, double.NaN, logDeterminant);
    }

    // A trained network with gates, or with several layers. Its norm is the largest of its layers'.
    private static ReplicateNetwork? Trained(CellSpec spec, Func<int, DrawnWeights> drawn, Matrix packed, TrainedLayer first, Drive drive)
    {
        TrainedShape shape = TrainedNetwork.ShapeOf(packed);
        GatedNetwork? lowest = null;
        var above = new List<LayerAbove>();
        double largestNorm = 0, logDeterminants = 0;
        for (int layer = 0; layer < spec.RunningLayers; layer++)
        {
            int start = ((layer * shape.Directions) + (int)spec.Direction) * shape.Blocks;
            if (GatedWeights(spec, place => drawn(start + place)) is not var (weights, norm, logDeterminant))
            {
                return null;
            }

            TrainedLayer trained = layer == 0 ? first : TrainedNetwork.Layer(packed, layer, (int)spec.Direction);
            GatedNetwork network = spec.Network switch
            {
                NetworkKind.Gru => new GruNetwork(weights, trained.HiddenBias[^spec.HiddenSize..]),
                NetworkKind.Lstm => new LstmNetwork(weights),
                _ => new RnnLayer(weights, Activation.Named(spec.Activation)),
            };
            if (lowest is null)
            {
                lowest = network;
            }
            else
            {
                above.Add(new LayerAbove(network, trained.Input, DriveBias(spec, trained)));
            }

            bool isMeasured = spec.Layer is null || spec.Layer == layer;
            largestNorm = isMeasured ? Math.Max(largestNorm, norm) : largestNorm;
            logDeterminants += isMeasured ? logDeterminant : 0;
        }

        INetwork whole = above.Count == 0 ? lowest! : new StackedNetwork(lowest!, [.. above]);
        return new ReplicateNetwork(
            spec.Layer is not null && whole is StackedNetwork stack ? new UpperLayer(stack) : whole, drive, largestNorm, double.NaN, logDeterminants);
    }

    // The scaled blocks of a layer, the norm of the candidate's, and the part of ln |det J_t| that is the same at all steps; null where a block cannot be scaled.
    private static (Matrix Weights, double Norm, double LogDeterminant)? GatedWeights(CellSpec spec, Func<int, DrawnWeights> drawn)
    {
        var blocks = GateBlocks.Of(spec.Network);
        int n = spec.HiddenSize;
        var weights = new Matrix(blocks.Count * n, n);
        double norm = double.NaN, logDeterminant = double.NaN;
        for (int place = 0; place < blocks.Count; place++)
        {
            int block = blocks.DrawOrder[place];
            double radius = place == 0 ? spec.SpectralRadius : spec.ResolvedGateSpectralRadius;
            if (Scale(spec, radius, drawn(place), weights.Values.AsSpan(block * n * n, n * n)) is not (double blockNorm, double blockDeterminant))
            {
                return null;
            }

            norm = place == 0 ? blockNorm : norm;
            logDeterminant = blockDeterminant; // of an LSTM's output gate, the last one drawn; of an RNN of its only block
        }

        return (weights, norm, spec.Network is NetworkKind.Lstm or NetworkKind.Rnn ? logDeterminant : 0);
    }

    // A GRU's reset gate multiplies the last block of bias_hh, which is the network's; the other biases only occur as sums.
    private static double[] DriveBias(CellSpec spec, TrainedLayer layer)
    {
        int sums = spec.Network == NetworkKind.Gru ? 2 * spec.HiddenSize : layer.HiddenBias.Length;
        var bias = (double[])layer.InputBias.Clone();
        TensorPrimitives.Add(bias.AsSpan(..sums), layer.HiddenBias.AsSpan(..sums), bias);
        return bias;
    }

    // The candidate's input weights and bias are the drive's; the gate's are drawn after them from the same streams.
    private static MinimalNetwork Minimal(CellSpec spec, int replicate, Matrix weights)
    {
        int n = spec.HiddenSize;
        Matrix? gateInput = null;
        if (spec.InputScale != 0)
        {
            gateInput = new Matrix(n, n);
            var stream = Philox.For(spec.Seed, replicate, StreamRole.InputWeights);
            stream.Seek((ulong)n * (ulong)spec.ResolvedInputSize);
            stream.FillNormal(gateInput.Values);
            TensorPrimitives.Multiply(gateInput.Values, spec.InputScale / Math.Sqrt(n), gateInput.Values);
        }

        var bias = new double[n];
        if (spec.BiasScale != 0)
        {
            var stream = Philox.For(spec.Seed, replicate, StreamRole.Bias);
            stream.Seek((ulong)n);
            stream.FillNormal(bias);
            TensorPrimitives.Multiply(bias, spec.BiasScale, bias);
        }

        TensorPrimitives.Add(bias, spec.UpdateBias, bias);
        return new MinimalNetwork(weights, gateInput, bias);
    }

    // The weights W = W₀ ρ/ρ(W₀), or W = ρ W₀ with expected scaling, with ‖W‖₂ and ln |det W|; null where ρ(W₀) = 0 cannot be scaled.
    private static (double Norm, double LogDeterminant)? Scale(CellSpec spec, double radius, DrawnWeights drawn, Span<double> weights)
    {
        bool isExact = spec.Scaling == WeightScaling.Exact;
        if (isExact && drawn.SpectralRadius == 0)
        {
            return null;
        }

        double factor = isExact ? radius / drawn.SpectralRadius : radius;
        TensorPrimitives.Multiply(drawn.Values.Values, factor, weights);
        return double.IsFinite(TensorPrimitives.MaxMagnitude<double>(weights))
            ? (factor * drawn.SpectralNorm, drawn.LogAbsDeterminant + (spec.HiddenSize * Math.Log(factor)))
            : throw new OverflowException("the scaled recurrent weights are beyond the range of a double");
    }
}
