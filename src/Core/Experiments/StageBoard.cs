namespace RnnSweep.Core.Experiments;

/// <summary>
/// What each thread of a run is busy with at this moment. To say so costs a thread one write to memory of its own, and no clock is read: whoever wants shares of
/// time looks now and then and counts.
/// </summary>
public sealed class StageBoard : IDisposable
{
    private readonly ThreadLocal<Place> _places = new(() => new Place(), trackAllValues: true);

    /// <summary>The calling thread's place on the board.</summary>
    public Place Mine => _places.Value!;

    /// <summary>Counts the threads that are at each stage now; <see cref="Stage.None"/> is not counted.</summary>
    /// <param name="counts">Added to, by stage: one place for each value of <see cref="Stage"/>.</param>
    public void Count(Span<double> counts)
    {
        foreach (Place place in _places.Values)
        {
            if (place.Stage != Stage.None)
            {
                counts[(int)place.Stage]++;
            }
        }
    }

    /// <summary>Frees what the board holds for threads that are still there.</summary>
    public void Dispose() => _places.Dispose();

    /// <summary>A thread's place. Only that thread writes it.</summary>
    public sealed class Place
    {
        private volatile Stage _stage;

        /// <summary>What the thread is busy with.</summary>
        public Stage Stage
        {
            get => _stage;
            set => _stage = value;
        }
    }
}
