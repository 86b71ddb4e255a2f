namespace RnnSweep.Core.Experiments;

/// <summary>
/// The current stage of each thread of a run. Setting a stage is one write to the thread's own memory and reads no clock. An observer estimates
/// shares of time by sampling.
/// </summary>
public sealed class StageBoard : IDisposable
{
    private readonly ThreadLocal<Place> _places = new(() => new Place(), trackAllValues: true);

    /// <summary>The calling thread's entry.</summary>
    public Place Current => _places.Value!;

    /// <summary>Counts the threads that are at each stage now, without <see cref="Stage.None"/>.</summary>
    /// <param name="counts">Incremented by stage; one element for each value of <see cref="Stage"/>.</param>
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

    /// <summary>Frees the entries of all threads.</summary>
    public void Dispose() => _places.Dispose();

    /// <summary>A thread's entry. Only that thread writes to it.</summary>
    public sealed class Place
    {
        private volatile Stage _stage;

        /// <summary>The thread's current stage.</summary>
        public Stage Stage
        {
            get => _stage;
            set => _stage = value;
        }
    }
}
