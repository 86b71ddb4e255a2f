using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using Serilog;

namespace RnnSweep.Client.Engines;

/// <summary>Runs a sweep's experiments on this machine, with as many threads as fit into memory and one cache of weights.</summary>
internal sealed class Computation
{
    private const long SmallestCache = 16 << 20, LargestCache = 2L << 30;

    // An N × N matrix is one array, which has at most 2³¹ elements.
    private const int LargestMatrix = 46_340;

    // Bytes that the ledger takes per experiment: its state, its place in the order, and memory to sort them. A trajectory has at least one experiment.
    private const double LedgerBytesPerExperiment = 33;

    // Memory of a run that computes almost nothing, with the runtime and its compiled code.
    private const double ProgramBytes = 90e6, SiloBytes = 200e6;

    private readonly ResolvedSweep _sweep;
    private readonly long _cacheLimit;
    private long _redone;
    private readonly WeightsCache _weights;

    /// <summary>Prepares to compute a sweep, and checks that its largest cell fits into memory.</summary>
    /// <exception cref="UsageException">A cell needs more memory than the machine has.</exception>
    public Computation(ResolvedSweep sweep, int? parallelism)
    {
        _sweep = sweep;
        Estimate = PlanEstimate.Of(sweep.Plan);
        long memory = Machine.Memory;
        CellSpec cell = Estimate.LargestMemoryCell;
        if (Estimate.Bytes > memory || cell.StateSize > LargestMatrix)
        {
            string bound = Estimate.Bytes > memory
                ? $"this machine has {Bytes(memory)}"
                : $"a matrix can have {LargestMatrix} rows at most";
            (string place, string size) = DescribeLargest(sweep, cell);
            throw new UsageException($"{place}: a cell with {size} needs about {Bytes(Estimate.Bytes)} of memory, but {bound}; make the cell smaller");
        }

        Wanted = parallelism ?? Environment.ProcessorCount;
        Parallelism = (int)Math.Clamp(memory * 0.8 / Estimate.Bytes, 1, Wanted);
        _cacheLimit = Math.Clamp(memory / 8, SmallestCache, LargestCache);
        _weights = new WeightsCache(_cacheLimit);
        Runner = new ExperimentRunner(new MatrixTable(sweep), _weights) { Stages = Stages };
        Runner.ProductRedone += (spec, replicate, step) =>
        {
            Interlocked.Increment(ref _redone);
            Log.Information(
                "{Cell}, replicate {Replicate}: truncated columns became significant at step {Step}; product recomputed with all columns", spec, replicate, step);
        };
    }

    public PlanEstimate Estimate { get; }

    /// <summary>The most bytes that a run takes: the program, its threads, and its cache.</summary>
    public double MemoryAtMost
    {
        get
        {
            CellSpec cell = Estimate.LargestMemoryCell;
            SweepPlan plan = _sweep.Plan;
            double draws = plan.Axes.Where(axis => axis.Field.Affects(FieldEffects.Draws)).Aggregate((double)cell.Replicates, (count, axis) => count * axis.Count);
            double weights = cell.JacobiansDigest is null ? draws * ((WorkEstimate.RecurrentWeights(cell) * sizeof(double)) + WeightsCache.BytesEach) : 0;
            double program = EngineChoice.Default == "threads" ? ProgramBytes : SiloBytes;
            return program + (Parallelism * Estimate.Bytes) + Math.Min(weights, _cacheLimit);
        }
    }

    public ExperimentRunner Runner { get; }

    /// <summary>The stage that each thread is at.</summary>
    public StageBoard Stages { get; } = new();

    /// <summary>Number of threads.</summary>
    public int Parallelism { get; }

    /// <summary>Number of threads that the user has chosen, or of cores; there are fewer threads where memory limits them.</summary>
    public int Wanted { get; }

    /// <summary>Usage and size of the cache, as a line for the log.</summary>
    public string CacheLine =>
        $"weights: {_weights.Draws} draws used {_weights.Uses} times, from a cache of {Bytes(_cacheLimit)}; {_redone} products done again with all columns";

    /// <summary>Throws where the ledger would take more than half of the memory; only a process that runs the experiments needs a ledger.</summary>
    /// <exception cref="UsageException">There are too many cells, or too many replicates of them.</exception>
    public void RequireRoomForLedger()
    {
        SweepPlan plan = _sweep.Plan;
        double bytes = LedgerBytesPerExperiment * plan.TrajectoryCount, most = Machine.Memory / 2.0;
        string what = $"{plan.CellCount} cells";
        if (bytes <= most)
        {
            long experiments = plan.Experiments.Count; // counting them allocates memory for every trajectory
            bytes = LedgerBytesPerExperiment * experiments;
            what = $"{experiments} experiments, into which the replicates are cut,";
        }

        if (bytes > most)
        {
            throw new UsageException(
                $"{_sweep.Name}: to keep count of {what} needs about {Bytes(bytes)} of memory, but half of this machine's is {Bytes(most)}; make the sweep smaller, or run shards of it with --shard");
        }
    }

    /// <summary>A number of bytes as text, with three digits and a unit.</summary>
    public static string Bytes(double bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        int unit = bytes < 1000 ? 0 : (int)Math.Min(Math.Log(bytes, 1000), units.Length - 1);
        return $"{(bytes / Math.Pow(1000, unit)):G3} {units[unit]}";
    }

    // The field farthest above its default makes the cell large: returns the place where the user set it, and the sizes as text.
    private static (string Place, string Size) DescribeLargest(ResolvedSweep sweep, CellSpec cell)
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
