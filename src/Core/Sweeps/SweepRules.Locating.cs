namespace RnnSweep.Core.Sweeps;

/// <summary>The rules of a search along an axis (<see cref="Locating"/>).</summary>
public sealed partial class SweepRules
{
    // The fields of which a search has no use, with the reason.
    private static readonly (SweepField Field, string Reason)[] s_notLocated =
    [
        (SweepFields.SequenceLength, "all lengths are read off one trajectory; give them as a range"),
        (SweepFields.Seed, "each seed draws other networks"),
        (SweepFields.Replicates, "it is a number of networks, not a parameter of one"),
        (SweepFields.Threshold, "no reading depends on it; search a norm instead"),
    ];

    private void Search()
    {
        FieldSetting[] searched = [.. _settings.Where(setting => setting.Locating is not null)];
        if (searched.Length == 0)
        {
            return;
        }

        (SweepField field, Locating locating) = (searched[0].Field, searched[0].Locating!);
        if (searched.Length > 1)
        {
            Break(searched[1].Field, $"a sweep locates along one axis, and {field.Name} has a locate already; vary {searched[1].Field.Name} by a plain range");
        }
        else if (s_notLocated.FirstOrDefault(refused => refused.Field == field).Reason is { } reason)
        {
            Break(field, $"{field.Name} cannot have a locate: {reason}");
        }
        else if (new[] { SweepFields.Replicates, SweepFields.Threshold }.FirstOrDefault(other => Find(other) is { IsAxis: true }) is { } varied)
        {
            Break(varied, $"{varied.Name} cannot vary in a sweep with a locate; give it one value");
        }
        else if (_broken.Count == 0 && _unread.Count == 0)
        {
            Column(field, locating, new SweepPlan("", Fixed(), Axes()));
        }
    }

    private void Column(SweepField field, Locating locating, SweepPlan plan)
    {
        if (locating.NeedsProduct(plan.Fixed))
        {
            Break(field, $"locate: {locating.Column} is empty without the product of the Jacobians; add norms to statistics, or take a column of theirs, as lyapunov_max");
        }
        else if (locating.OfReplicate(plan) is not null)
        {
            if (!locating.IsPaired)
            {
                Break(field, $"locate: {locating.Column} is a column of replicates, but each {field.Name} draws other networks; take a column of summary.csv");
            }
        }
        else if (locating.OfCell(plan) is null)
        {
            string hint = Locating.StatisticOf(locating.Column, plan.Fixed) is { } statistic ? $", which needs {statistic} in statistics"
                : NearestName.Of(locating.Column, Locating.Columns(plan)) is { } nearest ? $"; did you mean {nearest}?" : "";
            Break(field, $"locate must name a column of numbers of replicates.csv or summary.csv of this sweep, but was {Excerpt.Of(locating.Column)}{hint}");
        }
    }
}
