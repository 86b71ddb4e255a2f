using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// The drawn weights of replicates, shared by all cells and threads: W₀, its spectral radius and norm do not depend on ρ or T, and the
/// radius costs as much as many Jacobian products. Bounded by bytes, least recently used first out; a W₀ that was let go is drawn again, which is
/// cheap, and what was computed of it is kept much longer, for it is three numbers.
/// </summary>
/// <param name="limit">Bytes of W₀ that the cache may hold; what is in use is held beyond that by its users.</param>
public sealed class WeightsCache(long limit)
{
    private const long KnownBytes = 64 << 20, BytesEach = 256;

    private readonly RecencyList<WeightsName, Lazy<DrawnWeights>> _entries = new(limit);
    private readonly RecencyList<WeightsName, DrawnWeights> _known = new(KnownBytes);

    /// <summary>Number of times that weights were drawn and their radius computed.</summary>
    public long Draws { get; private set; }

    /// <summary>Number of times that weights were asked for.</summary>
    public long Finds { get; private set; }

    /// <summary>The weights of a cell's replicate, drawn by the first that asks while the others wait.</summary>
    /// <exception cref="MathNet.Numerics.NonConvergenceException">An eigenvalue iteration did not converge.</exception>
    public DrawnWeights Find(CellSpec spec, int replicate, IMatrixSource matrices)
    {
        WeightsName name = Name(spec, replicate);
        Lazy<DrawnWeights> entry;
        lock (_entries)
        {
            Finds++;
            if (!_entries.TryGet(name, out entry!))
            {
                Matrix? file = spec.Weights == WeightEnsemble.File ? matrices.Find(spec.WeightsDigest!) : null;
                bool isKnown = _known.TryGet(name, out DrawnWeights? known);
                Draws += isKnown ? 0 : 1;
                entry = new Lazy<DrawnWeights>(() => isKnown ? known! with { Values = file ?? Draw(name) } : Compute(name, file));
                _entries.Add(name, entry, sizeof(double) * (long)spec.HiddenSize * spec.HiddenSize);
            }
        }

        return entry.Value;
    }

    // What does not tell two draws apart is left out of the name: every replicate of a user's matrix is the same one.
    private static WeightsName Name(CellSpec spec, int replicate)
    {
        bool isDrawn = spec.Weights is not (WeightEnsemble.File or WeightEnsemble.Identity);
        return new WeightsName(
            spec.Weights,
            spec.WeightsDigest,
            spec.HiddenSize,
            spec.Weights == WeightEnsemble.Sparse ? spec.Density : 0,
            isDrawn ? spec.Seed : 0,
            isDrawn ? replicate : 0);
    }

    private static Matrix Draw(WeightsName name) => WeightDraw.Draw(name.Ensemble, name.HiddenSize, name.Density, name.Seed, name.Replicate);

    private DrawnWeights Compute(WeightsName name, Matrix? file)
    {
        DrawnWeights drawn = DrawnWeights.Of(name.Ensemble, name.HiddenSize, name.Density, name.Seed, name.Replicate, file);
        lock (_entries)
        {
            _known.Add(name, drawn with { Values = new Matrix(0, 0) }, BytesEach);
        }

        return drawn;
    }

    private sealed record WeightsName(WeightEnsemble Ensemble, string? Digest, int HiddenSize, double Density, ulong Seed, int Replicate);
}
