using RnnSweep.Core.Jacobians;
using RnnSweep.Core.Statistics;

namespace RnnSweep.Core.Experiments;

/// <summary>A replicate's trajectory with the frame of its leading exponents. It runs beside that of the product, or alone.</summary>
internal sealed class LeadingReplicate
{
    private readonly LeadingTrajectory _trajectory;

    /// <summary>Creates the trajectory at step 0.</summary>
    /// <param name="spec">The cell.</param>
    /// <param name="start">What the replicate starts from; its state is copied.</param>
    public LeadingReplicate(CellSpec spec, ReplicateStart start) => _trajectory = new LeadingTrajectory(
        start.Running.Network, start.Running.Drive, [.. start.State], checked((int)spec.AllTransient), spec.ResolvedLeading);

    /// <summary>Number of steps done.</summary>
    public int Step => _trajectory.Step;

    /// <summary>Advances to the cell's sequence length and adds the exponents to the reading of the product; without one, to the numbers that need no product.</summary>
    public OpenReading Read(CellSpec spec, int replicate, OpenReading? product, CancellationToken cancellation)
    {
        _trajectory.AdvanceTo(spec.SequenceLength, cancellation);
        OpenReading open = product ?? new OpenReading(Alone(replicate), spec, _trajectory.Step, []) { IsComplete = true };
        return _trajectory.IsKnown ? open with { Reading = WithExponents(open.Reading, spec) } : open;
    }

    private Reading Alone(int replicate)
    {
        var reading = new Reading
        {
            Replicate = replicate,
            Status = _trajectory.OverflowStep is null ? ReplicateStatus.Ok : ReplicateStatus.StateOverflow,
            StatusStep = _trajectory.OverflowStep,
        };
        if (!_trajectory.IsKnown)
        {
            return reading;
        }

        double values = (double)_trajectory.Network.HiddenSize * _trajectory.Step;
        bool hasSlopes = _trajectory.Network.HasSlopes;
        return GateColumns.Add(reading, _trajectory.Network, _trajectory.Gates) with
        {
            MeanSlope = hasSlopes ? _trajectory.Totals.Sum / values : double.NaN,
            MeanLogSlope = hasSlopes ? _trajectory.Totals.LogSum / values : double.NaN,
        };
    }

    private Reading WithExponents(Reading reading, CellSpec spec)
    {
        LeadingExponents leading = _trajectory.Frame.Read();
        var statistics = LeadingStatistics.Of(leading.Exponents, leading.Errors, spec.StateSize);
        GrowthRate first = leading.Rates[0];
        bool hasSecond = leading.Exponents.Length > 1;
        reading = reading with
        {
            Lyapunov1 = leading.Exponents[0],
            Lyapunov1WithinSem = first.WithinSem,
            Lyapunov2 = hasSecond ? leading.Exponents[1] : double.NaN,
            Lyapunov2WithinSem = hasSecond ? leading.Rates[1].WithinSem : double.NaN,
            LyapunovSum = leading.Exponents.Sum(),
            Leading = LeadingResult.Of(leading),
        };
        if (!spec.MeasuresNorms)
        {
            // The direction of the frame's first column stands for that of the product's largest singular value.
            reading = reading with
            {
                LyapunovMax = leading.Exponents[0],
                LyapunovMaxSlope = first.Slope,
                LyapunovMaxWithinSem = first.WithinSem,
                Converged = first.Converged,
            };
        }

        return spec.MeasuresSpectrum
            ? reading
            : reading with
            {
                UnstableFraction = statistics.UnstableFraction,
                EntropyRate = statistics.EntropyRate,
                KaplanYorkeDimension = statistics.KaplanYorkeDimension,
            };
    }
}
