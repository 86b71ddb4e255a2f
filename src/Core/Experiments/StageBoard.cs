namespace RnnSweep.Core.Experiments;

/// <summary>
/// The current stage of each thread of a run, and how far it is in its experiment. Setting a stage is one write to the thread's own memory and reads no clock. An observer estimates
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

    /// <summary>Operations of the experiments that run now, as far as they are done (<see cref="Experiment.Work"/>), by the steps of their trajectories.</summary>
    public double WorkInProgress => _places.Values.Sum(place => place.Part?.Done ?? 0);

    /// <summary>Frees the entries of all threads.</summary>
    public void Dispose() => _places.Dispose();

    /// <summary>A thread's entry. Only that thread writes to it.</summary>
    public sealed class Place
    {
        private volatile Stage _stage;
        private volatile RunningPart? _part;

        /// <summary>The thread's current stage.</summary>
        public Stage Stage
        {
            get => _stage;
            set => _stage = value;
        }

        /// <summary>The replicate that runs; null where none does.</summary>
        public RunningPart? Part
        {
            get => _part;
            set => _part = value;
        }
    }

    /// <summary>A replicate of an experiment that runs. The steps are read by an observer, so the loop over them writes nothing more than its own counter.</summary>
    /// <param name="Work">Operations of the experiment.</param>
    /// <param name="Before">The share of it that is done, from 0 to 1.</param>
    /// <param name="Share">The share of the replicate.</param>
    /// <param name="Fraction">The part of the replicate that is done.</param>
    public sealed record RunningPart(double Work, double Before, double Share, Func<double> Fraction)
    {
        /// <summary>Operations of the experiment that are done.</summary>
        public double Done => Work * (Before + (Share * Math.Clamp(Fraction(), 0, 1)));
    }
}
