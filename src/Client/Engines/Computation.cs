using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using Serilog;

namespace RnnSweep.Client.Engines;

/// <summary>What runs a sweep's experiments on this machine: how many threads it can feed, and the weights they share.</summary>
internal sealed class Computation
{
    private const long SmallestCache = 16 << 20, LargestCache = 2L << 30;

    // An N × N matrix is one array, which has at most 2³¹ elements.
    private const int LargestMatrix = 46_340;

    // Of the ledger, in bytes of an experiment, of which a trajectory has one at least: a state, its place in the order, and what it takes to sort them.
    private const double LedgerOfExperiment = 33;

    // Of a run that computes next to nothing, with the runtime and its compiled code.
    private const double ProgramBytes = 90e6, SiloBytes = 200e6;

    private readonly ResolvedSweep _sweep;
    private readonly long _cacheLimit;
    private long _redone;
    private readonly WeightsCache _weights;

    /// <summary>Prepares to compute a sweep; allocates nothing to speak of.</summary>
    /// <exception cref="UsageException">A cell needs more memory than the machine has.</exception>
    public Computation(ResolvedSweep sweep, int? parallelism)
    {
        _sweep = sweep;
        Estimate = PlanEstimate.Of(sweep.Plan);
        long memory = Machine.Memory;
        CellSpec cell = Estimate.HungriestCell;
        if (Estimate.Bytes > memory || cell.HiddenSize > LargestMatrix)
        {
            string bound = Estimate.Bytes > memory
                ? $"this machine has {Bytes(memory)}"
                : $"a matrix can have {LargestMatrix} rows at most";
            (string place, string size) = Blame(sweep, cell);
            throw new UsageException($"{place}: a cell with {size} needs about {Bytes(Estimate.Bytes)} of memory, but {bound}; make the cell smaller");
        }

        int wanted = parallelism ?? Environment.ProcessorCount;
        Parallelism = (int)Math.Clamp(memory * 0.8 / Estimate.Bytes, 1, wanted);
        IsBoundByMemory = Parallelism < wanted;
        _cacheLimit = Math.Clamp(memory / 8, SmallestCache, LargestCache);
        _weights = new WeightsCache(_cacheLimit);
        Runner = new ExperimentRunner(new MatrixTable(sweep.Matrices), _weights) { Stages = Stages };
        Runner.ProductRedone += (spec, replicate, step) =>
        {
            Interlocked.Increment(ref _redone);
            Log.Information(
                "{Cell}, replicate {Replicate}: what its product had dropped came to count at step {Step}; done again with all columns", spec, replicate, step);
        };
    }

    public PlanEstimate Estimate { get; }

    /// <summary>Bytes that a run takes at most: the program, its threads, and what its caches will hold of the sweep.</summary>
    public double MemoryAtMost
    {
        get
        {
            CellSpec cell = Estimate.HungriestCell;
            SweepPlan plan = _sweep.Plan;
            double draws = plan.Axes.Where(axis => axis.Field.Affects(FieldEffects.Draws)).Aggregate((double)cell.Replicates, (count, axis) => count * axis.Count);
            double weights = draws * cell.HiddenSize * cell.HiddenSize * sizeof(double);
            double program = EngineChoice.Default == "threads" ? ProgramBytes : SiloBytes;
            return program + (Parallelism * Estimate.Bytes) + Math.Min(weights, _cacheLimit);
        }
    }

    public ExperimentRunner Runner { get; }

    /// <summary>What the threads are busy with.</summary>
    public StageBoard Stages { get; } = new();

    /// <summary>Number of threads.</summary>
    public int Parallelism { get; }

    /// <summary>Whether memory, not the number of cores or the user, sets the number of threads.</summary>
    public bool IsBoundByMemory { get; }

    /// <summary>How often the caches served, and what they may hold, as a line for the log.</summary>
    public string CacheLine =>
        $"weights: {_weights.Draws} draws served {_weights.Uses} times, from a cache of {Bytes(_cacheLimit)}; {_redone} products done again with all columns";

    /// <summary>Throws where keeping count of the experiments alone would take more memory than there is to spare; only who runs them needs that.</summary>
    /// <exception cref="UsageException">There are too many cells, or too many replicates of them.</exception>
    public void RequireRoomForLedger()
    {
        SweepPlan plan = _sweep.Plan;
        double bytes = LedgerOfExperiment * plan.TrajectoryCount, most = Machine.Memory / 2.0;
        string what = $"{plan.CellCount} cells";
        if (bytes <= most)
        {
            long experiments = plan.Experiments.Count; // takes memory itself, for every trajectory
            bytes = LedgerOfExperiment * experiments;
            what = $"{experiments} experiments, into which the replicates are cut,";
        }

        if (bytes > most)
        {
            throw new UsageException(
                $"{_sweep.Name}: to keep count of {what} needs about {Bytes(bytes)} of memory, but half of this machine's is {Bytes(most)}; make the sweep smaller, or run shards of it with --shard");
        }
    }

    /// <summary>A number of bytes for people, three digits and a unit.</summary>
    public static string Bytes(double bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        int unit = bytes < 1000 ? 0 : (int)Math.Min(Math.Log(bytes, 1000), units.Length - 1);
        return $"{(bytes / Math.Pow(1000, unit)):G3} {units[unit]}";
    }

    // What makes the cell large is what lies farthest above its default: its place, as far as the user has named it, and the sizes in words.
    private static (string Place, string Size) Blame(ResolvedSweep sweep, CellSpec cell)
    {
        var usual = new CellSpec();
        (string Name, int Value, double Excess)[] fields =
        [
            ("hidden_size", cell.HiddenSize, Excess(cell.HiddenSize, usual.HiddenSize)),
            ("sequence_length", cell.SequenceLength, Excess(cell.SequenceLength, usual.SequenceLength)),
            ("replicates", cell.Replicates, Excess(cell.Replicates, usual.Replicates)),
            ("input_size", cell.ResolvedInputSize, cell.InputSize is { } input ? Excess(input, usual.ResolvedInputSize) : 0),
        ];
        (string Name, int Value, double Excess)[] byExcess = [.. fields.OrderByDescending(field => field.Excess)];
        string size = string.Join(
            " and ",
            fields.Where(field => field == byExcess[0] || field.Name is "hidden_size" or "sequence_length")
                .Select(field => $"{field.Name} {field.Value}"));
        return (sweep.PlaceOf([.. byExcess.Select(field => field.Name)]), size);

        static double Excess(int value, int usual) => (double)value / usual;
    }
}
