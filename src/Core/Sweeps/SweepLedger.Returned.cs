using System.Collections.Immutable;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Core.Sweeps;

/// <content>The end of leases: returned by the holder, expired, or lost with the holder.</content>
public sealed partial class SweepLedger
{
    /// <summary>Takes back a lease whose holder stops in an orderly way. Its open experiments wait again without a loss.</summary>
    public void GiveBack(long lease)
    {
        if (_grants.Remove(lease, out Grant? grant))
        {
            PutBack(grant, running: null);
        }
    }

    /// <summary>Takes back every lease; no experiment gets a loss.</summary>
    public void GiveBackAll() => Array.ForEach([.. _grants.Keys.Order()], GiveBack);

    /// <summary>
    /// Takes back a lease whose holder died. The first experiment that it has not reported counts as the one that it was running and is returned;
    /// null where there is none.
    /// </summary>
    public LostExperiment? Lose(long lease) => _grants.Remove(lease, out Grant? grant)
        ? PutBack(grant, grant.Experiments.Select(index => (long?)index).FirstOrDefault(index => _states[index!.Value] == State.Leased))
        : null;

    /// <summary>Takes back every lease of a holder that is known to have died.</summary>
    public IReadOnlyList<LostExperiment> LoseAll(string holder) =>
        [.. LeasesOf(grant => grant.Holder == holder).Select(Lose).OfType<LostExperiment>()];

    /// <summary>
    /// Takes back every expired lease and returns them with their holders. Their experiments get no loss, because a silent holder may be alive;
    /// <see cref="LoseAll"/> reports a dead one.
    /// </summary>
    public IReadOnlyList<(long Lease, string Holder)> Expire(TimeSpan now)
    {
        (long Lease, string Holder)[] expired = [.. LeasesOf(grant => grant.Expires <= now).Select(lease => (lease, _grants[lease].Holder))];
        Array.ForEach(expired, lease => GiveBack(lease.Lease));
        return expired;
    }

    private long[] LeasesOf(Func<Grant, bool> isWanted) => [.. _grants.Where(lease => isWanted(lease.Value)).Select(lease => lease.Key).Order()];

    private LostExperiment? PutBack(Grant grant, long? running)
    {
        LostExperiment? loss = null;
        foreach (long experiment in grant.Experiments.Where(experiment => _states[experiment] == State.Leased))
        {
            Release(experiment, State.Open);
            _returned.Add(experiment);
            if (experiment == running)
            {
                int losses = _retries.LossesOf(experiment) + 1;
                _retries.SetLosses(experiment, losses);
                loss = new LostExperiment(experiment, losses, Retry(experiment));
            }
            else if (_retries.LossesOf(experiment) > 0)
            {
                Retry(experiment);
            }
            else
            {
                _open.PutBack(experiment);
            }
        }

        return loss;
    }

    // Queues an experiment that has lost holders, or fails it. It has reported nothing, so all of its readings that are not stored fail; they are
    // returned.
    private ImmutableArray<ReadingFailure> Retry(long index)
    {
        int losses = _retries.LossesOf(index);
        if (losses < MaximumLosses)
        {
            _retries.Add(index);
            return [];
        }

        Experiment experiment = _experiments[index];
        ReadingFailure[] missing = Missing(experiment, experiment.Failures($"the silo crashed {losses} times while it ran this experiment, the last time without other experiments"));
        Settle(index, State.Failed, missing);
        return [.. missing];
    }
}
