using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Experiments;

public sealed class StageBoardTests
{
    [Fact]
    public void Every_thread_has_its_own_entry_and_only_busy_threads_count()
    {
        using var board = new StageBoard();
        board.Current.Stage = Stage.Storing;
        var thread = new Thread(() => board.Current.Stage = Stage.Products);
        thread.Start();
        thread.Join();
        Assert.Equal(Stage.Storing, board.Current.Stage);
        board.Current.Stage = Stage.None;
        Assert.Equal(0, Counts(board)[(int)Stage.Storing]);
        Assert.Equal(0, Counts(board)[(int)Stage.None]);
    }

    [Fact]
    public void An_experiment_enters_its_stages_and_none_is_set_afterwards()
    {
        using var board = new StageBoard();
        var seen = new HashSet<Stage>();
        var runner = new ExperimentRunner(null!, new WeightsCache(1 << 20)) { Stages = board };
        using var end = new CancellationTokenSource();
        var watch = new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                double[] counts = Counts(board);
                foreach (Stage stage in Enum.GetValues<Stage>().Where(stage => counts[(int)stage] > 0))
                {
                    seen.Add(stage);
                }
            }
        });
        watch.Start();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        for (ulong seed = 1; !seen.IsSupersetOf([Stage.Weights, Stage.Products, Stage.Norms]) && clock.Elapsed < TimeSpan.FromMinutes(3); seed++)
        {
            runner.Run(PlanExperiments.Of(new CellSpec { HiddenSize = 40, SequenceLength = 30, Replicates = 2, Seed = seed }));
        }

        end.Cancel();
        watch.Join();
        Assert.Equal([Stage.Weights, Stage.Products, Stage.Norms], seen.Order());
        Assert.Equal(Stage.None, board.Current.Stage);

        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => runner.Run(PlanExperiments.Of(new CellSpec()), cancellation: cancelled.Token));
        Assert.Equal(Stage.None, board.Current.Stage);
    }

    [Fact]
    public void The_work_in_progress_rises_with_the_steps_of_a_long_experiment()
    {
        using var board = new StageBoard();
        using var cancelled = new CancellationTokenSource();
        Experiment experiment = PlanExperiments.Of(new CellSpec { HiddenSize = 50, SequenceLength = 100_000_000, Replicates = 1, SpectralRadius = 1.5 });
        var runner = new ExperimentRunner(null!, new WeightsCache(1 << 20)) { Stages = board };
        bool wasCancelled = false;
        var thread = new Thread(() =>
        {
            try
            {
                runner.Run(experiment, cancellation: cancelled.Token);
            }
            catch (OperationCanceledException)
            {
                wasCancelled = true;
            }
        });
        Assert.Equal(0, board.WorkInProgress);
        thread.Start();
        double first = Above(0), second = Above(first);
        Assert.InRange(second, first, experiment.Work);
        cancelled.Cancel();
        thread.Join();
        Assert.True(wasCancelled);
        Assert.Equal(0, board.WorkInProgress);

        double Above(double work)
        {
            double now = board.WorkInProgress;
            while (now <= work && thread.IsAlive)
            {
                Thread.Yield();
                now = board.WorkInProgress;
            }

            return now;
        }
    }

    private static double[] Counts(StageBoard board)
    {
        double[] counts = new double[Enum.GetValues<Stage>().Length];
        board.Count(counts);
        return counts;
    }
}
