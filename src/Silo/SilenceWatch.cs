namespace RnnSweep.Silo;

/// <summary>Tells who has given no new sign of life for a while. Pure: signs and time are told to it; signs are compared with each other alone.</summary>
/// <param name="patience">For how long a sign may stay the same.</param>
internal sealed class SilenceWatch<T>(TimeSpan patience)
    where T : notnull
{
    private Dictionary<T, (DateTime Sign, TimeSpan Since)> _seen = [];

    /// <summary>Takes the latest signs; those who have been silent for too long, at each look again.</summary>
    public IReadOnlyList<T> Look(IEnumerable<(T Who, DateTime Sign)> signs, TimeSpan now)
    {
        _seen = signs.ToDictionary(
            sign => sign.Who, sign => _seen.TryGetValue(sign.Who, out var before) && before.Sign == sign.Sign ? before : (sign.Sign, now));
        return [.. _seen.Where(seen => now - seen.Value.Since >= patience).Select(seen => seen.Key)];
    }

    /// <summary>Begins anew.</summary>
    public void Forget() => _seen = [];
}
