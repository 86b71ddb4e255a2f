using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;

namespace RnnSweep.Core.Experiments;

/// <summary>
/// The drawn weights of replicates, shared by all cells and threads. W₀, its spectral radius and its norm do not depend on ρ or T, and the radius
/// costs as much as many Jacobian products. Beyond a number of bytes, the least recently used W₀ is evicted. Drawing it again is cheap; the three
/// numbers computed from it are kept much longer.
/// </summary>
/// <param name="limit">Bytes of W₀ that the cache may hold (and <see cref="BytesEach"/> beside each). Evicted weights that are still in use come on top.</param>
public sealed class WeightsCache(long limit)
{
    /// <summary>Bytes of an entry besides the elements of W₀: key, node, hash table and objects.</summary>
    public const long BytesEach = 272; // measured: the two entries of a W₀ of 128 bytes take 660

    private const long KnownBytes = 64 << 20;

    private readonly LruCache<WeightsName, Lazy<DrawnWeights>> _entries = new(limit);
    private readonly LruCache<WeightsName, DrawnWeights> _known = new(KnownBytes);

    /// <summary>Number of look-ups.</summary>
    public long Uses { get; private set; }

    /// <summary>Number of times that the radius of drawn weights was computed.</summary>
    public long Draws { get; private set; }

    /// <summary>Number of W₀ in the cache.</summary>
    internal int Count
    {
        get
        {
            lock (_entries)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>The weights of a cell's replicate. The first caller draws them while concurrent callers wait.</summary>
    /// <exception cref="MathNet.Numerics.NonConvergenceException">An eigenvalue iteration did not converge.</exception>
    public DrawnWeights Find(CellSpec spec, int replicate, IMatrixSource matrices, int block = 0)
    {
        WeightsName name = Name(spec, replicate, block);
        Lazy<DrawnWeights> entry;
        lock (_entries)
        {
            Uses++;
            if (!_entries.TryGet(name, out entry!))
            {
                Matrix? file = (spec.NetworkDigest ?? (spec.Weights == WeightEnsemble.File ? spec.WeightsDigest : null)) is { } digest ? matrices.Find(digest) : null;
                bool isKnown = _known.TryGet(name, out DrawnWeights? known);
                Draws += isKnown ? 0 : 1;
                entry = new Lazy<DrawnWeights>(() => isKnown ? known! with { Values = Given(spec, file, block) ?? Draw(name) } : Compute(name, Given(spec, file, block)));
                _entries.Add(name, entry, (sizeof(double) * (long)spec.HiddenSize * spec.HiddenSize) + BytesEach);
            }
        }

        return entry.Value;
    }

    // Fields that do not affect the draw are left out: all replicates of a user's matrix are the same.
    private static WeightsName Name(CellSpec spec, int replicate, int block)
    {
        bool isTrained = spec.NetworkDigest is not null, isDrawn = !isTrained && spec.Weights is not (WeightEnsemble.File or WeightEnsemble.Identity);
        return new WeightsName(
            isTrained ? new WeightDistribution(WeightEnsemble.File) : spec.WeightDistribution.Normalised(),
            spec.NetworkDigest ?? spec.WeightsDigest,
            spec.HiddenSize,
            isDrawn ? spec.Seed : 0,
            isDrawn ? replicate : 0,
            isDrawn || isTrained ? block : 0,
            WithProduct: spec.MeasuresNorms,
            WithRadius: spec.MeasuresNorms || spec.Scaling == WeightScaling.Exact);
    }

    // A block of a trained network is a copy, so it is made outside the lock.
    private static Matrix? Given(CellSpec spec, Matrix? file, int block) =>
        spec.NetworkDigest is null ? file : TrainedNetwork.RecurrentBlock(file!, block);

    private static Matrix Draw(WeightsName name) => WeightDraw.Draw(name.Distribution, name.HiddenSize, name.Seed, name.Replicate, name.Block);

    private DrawnWeights Compute(WeightsName name, Matrix? file)
    {
        DrawnWeights drawn = DrawnWeights.Of(name.Distribution, name.HiddenSize, name.Seed, name.Replicate, file, name.Block, name.WithProduct, name.WithRadius);
        lock (_entries)
        {
            _known.Add(name, drawn with { Values = new Matrix(0, 0) }, BytesEach);
        }

        return drawn;
    }

    private sealed record WeightsName(WeightDistribution Distribution, string? Digest, int HiddenSize, ulong Seed, int Replicate, int Block, bool WithProduct, bool WithRadius);
}
