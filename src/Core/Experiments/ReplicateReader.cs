namespace RnnSweep.Core.Experiments;

/// <summary>
/// Reads one replicate at ascending sequence lengths: its trajectory with the product, and beside it one of its own for each statistic that needs one. Their numbers do not depend on one another.
/// </summary>
internal sealed class ReplicateReader
{
    private readonly ReplicateTrajectory? _product;
    private readonly LeadingReplicate? _leading;
    private readonly GradientReplicate? _gradient;
    private readonly ActivityReplicate? _activity;

    /// <summary>Creates the trajectories at step 0.</summary>
    /// <param name="spec">A cell that reads them.</param>
    /// <param name="start">What the replicate starts from.</param>
    /// <param name="hasNorms">Whether the norms were computed in a batch for every length.</param>
    public ReplicateReader(CellSpec spec, ReplicateStart start, bool hasNorms)
    {
        // These copy the state, which the product may overwrite.
        _leading = spec.MeasuresLeading ? new LeadingReplicate(spec, start) : null;
        _gradient = spec.MeasuresGradient ? new GradientReplicate(spec, start) : null;
        _activity = spec.MeasuresActivity ? new ActivityReplicate(spec, start) : null;
        bool isMultiplied = spec.MeasuresNorms && !(hasNorms && !NeedsProduct(spec));
        _product = isMultiplied ? new ReplicateTrajectory(spec, start) : null;
    }

    /// <summary>The step at which the product was computed again with all its columns; null where that did not happen.</summary>
    public int? RedoneAt => _product?.Trajectory.Product.RedoneAt;

    /// <summary>How many steps are done: the mean over the trajectories that count them. It may be read on any thread.</summary>
    public double StepsDone
    {
        get
        {
            (double steps, int count) = (0, 0);
            foreach (int? done in (ReadOnlySpan<int?>)[_product?.Trajectory.Step, _leading?.Step, _gradient?.Step])
            {
                (steps, count) = done is { } known ? (steps + known, count + 1) : (steps, count);
            }

            return count == 0 ? 0 : steps / count;
        }
    }

    /// <summary>Whether a cell measures nothing beyond the norms, which may be computed in a batch.</summary>
    public static bool MeasuresNormsAlone(CellSpec spec) => !NeedsProduct(spec) && spec is { MeasuresLeading: false, MeasuresGradient: false, MeasuresActivity: false };

    /// <summary>Advances to a cell's sequence length, which is not before that of the last call, and reads all numbers but those of the loss gradient.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="replicate">The replicate's index.</param>
    /// <param name="norms">The reading without lags and spectrum, where it was computed in a batch; otherwise null.</param>
    /// <param name="place">Where the stage is recorded; may be null.</param>
    /// <param name="cancellation">Checked every few milliseconds.</param>
    public OpenReading Read(CellSpec spec, int replicate, Reading? norms, StageBoard.Place? place, CancellationToken cancellation)
    {
        OpenReading? open = norms is null ? null : new OpenReading(norms, spec, spec.SequenceLength, []) { IsComplete = true };
        place?.Stage = Stage.Products;
        if (_product is not null)
        {
            _product.Trajectory.AdvanceTo(spec.SequenceLength, cancellation);
            place?.Stage = Stage.Norms;
            open = _product.Read(spec, norms, cancellation);
            place?.Stage = Stage.Products;
        }

        open = _leading?.Read(spec, replicate, open, cancellation) ?? open!;
        open = _gradient?.Add(open, spec, cancellation) ?? open;
        return _activity is null ? open : open with { Reading = _activity.Add(open.Reading, spec, cancellation) };
    }

    /// <summary>Adds the numbers of the loss gradient to readings of this replicate, by ascending sequence length.</summary>
    public IReadOnlyList<Reading> Complete(IReadOnlyList<OpenReading> readings, CancellationToken cancellation) =>
        _product?.Complete(readings, cancellation) ?? [.. readings.Select(open => open.Reading)];

    // Lags and the spectrum are read off the product of the replicate alone.
    private static bool NeedsProduct(CellSpec spec) => spec.MeasuresLags || spec.MeasuresSpectrum;
}
