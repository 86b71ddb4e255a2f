using System.Numerics.Tensors;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>The mean and quantiles of a gate over units and steps; NaN where a gate is not a number.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="P05">The 5 % quantile, within 1e-4.</param>
/// <param name="P95">The 95 % quantile, within 1e-4.</param>
internal readonly record struct GateStatistics(double Mean, double P05, double P95);

/// <summary>
/// Sums over the gates of the steps so far. The values of a gate are counted in 10 000 equal bins over [0, 1], so the memory does not grow with the sequence, and a quantile is in the bin of
/// the exact one.
/// </summary>
/// <param name="network">A network with gates.</param>
internal sealed class GateTotals(INetwork network)
{
    /// <summary>A gate whose slope σ' = g (1−g) is below this is saturated.</summary>
    public const double SaturatedSlope = 1e-3;

    private const int Bins = 10_000, BinsOfBlock = 100;

    // An array for each gate: one of 80 000 bytes is not on the large-object heap, which only a full collection clears.
    private readonly OneGate[] _gates = [.. network.Gates.Select(_ => new OneGate())];

    // Σ_t ln k of every unit, for each layer; created at the first step.
    private readonly double[][] _logKeep = [.. Enumerable.Repeat<double[]>([], network.GatedLayers)];
    private long _saturated, _count;

    /// <summary>Bytes held.</summary>
    public long Bytes => sizeof(double) * (((long)_gates.Length * Bins) + _logKeep.Sum(sums => (long)sums.Length));

    /// <summary>The share of gate slopes below <see cref="SaturatedSlope"/>, over all gates, units and steps.</summary>
    public double SaturatedFraction => _gates.Any(gate => double.IsNaN(gate.Sum)) ? double.NaN : _saturated / ((double)_gates.Length * _count);

    /// <summary>ln of the spectral norm of the product of the diagonal matrices of the gate that keeps the state, Π_t [k_t]: the largest Σ_t ln k_t of a unit.</summary>
    public double LogMemoryPath => _logKeep.Max(sums => TensorPrimitives.Max<double>(sums));

    /// <summary>Adds a step.</summary>
    /// <param name="slopes">Its slopes.</param>
    public void Add(ReadOnlySpan<double> slopes)
    {
        for (int layer = 0; layer < _logKeep.Length; layer++)
        {
            for (int gate = 0; gate < _gates.Length; gate++)
            {
                _saturated += _gates[gate].Add(network.Gate(slopes, layer, gate));
            }

            ReadOnlySpan<double> logs = network.LogKeep(slopes, layer);
            if (_logKeep[layer].Length == 0)
            {
                _logKeep[layer] = new double[logs.Length];
            }

            TensorPrimitives.Add(_logKeep[layer], logs, _logKeep[layer]);
            _count += logs.Length;
        }
    }

    /// <summary>The statistics of a gate, by its index in <see cref="INetwork.Gates"/>. Costs a pass over its bins.</summary>
    public GateStatistics Of(int gate) => new(_gates[gate].Sum / _count, _gates[gate].Quantile(0.05, _count), _gates[gate].Quantile(0.95, _count));

    private sealed class OneGate
    {
        private readonly long[] _bins = new long[Bins];
        private double _smallest = double.PositiveInfinity, _largest = double.NegativeInfinity;

        public double Sum { get; private set; }

        // Returns the number of values that are saturated.
        public int Add(ReadOnlySpan<double> values)
        {
            int saturated = 0;
            double sum = 0;
            foreach (double value in values)
            {
                _bins[Math.Min((int)(value * Bins), Bins - 1)]++; // NaN converts to 0, and shows in the sum
                saturated += value * (1 - value) < SaturatedSlope ? 1 : 0;
                sum += value;
                _smallest = value < _smallest ? value : _smallest;
                _largest = value > _largest ? value : _largest;
            }

            Sum += sum;
            return saturated;
        }

        /// <summary>A quantile, linear between neighbours in the order of the values, numpy's default.</summary>
        public double Quantile(double share, long count)
        {
            if (double.IsNaN(Sum) || count == 0)
            {
                return double.NaN;
            }

            double rank = share * (count - 1), below = Math.Floor(rank);
            return double.Lerp(Ordered((long)below), Ordered(Math.Min((long)below + 1, count - 1)), rank - below);
        }

        // The value with an index in the order of all values, as if the values of a bin were evenly spread over it.
        private double Ordered(long index)
        {
            int bin = 0;
            for (long block; index >= (block = TensorPrimitives.Sum<long>(_bins.AsSpan(bin, BinsOfBlock))); bin += BinsOfBlock)
            {
                index -= block;
            }

            for (; index >= _bins[bin]; bin++)
            {
                index -= _bins[bin];
            }

            // Where all values of a gate are equal, as at a fixed point, this is exact.
            return Math.Clamp((bin + ((index + 0.5) / _bins[bin])) / Bins, _smallest, _largest);
        }
    }
}
