using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Reports;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Benchmarks.Rank;

/// <summary>What a falling rank saves, its cost if the rank does not fall, and the deviation of the norms from those of the full product.</summary>
internal sealed class RankPart : IPart
{
    private static readonly (string Name, ActivationKind Activation, WeightEnsemble Weights, double Radius, double InputScale)[] s_networks =
    [
        ("tanh, radius 0.9", ActivationKind.Tanh, WeightEnsemble.Gaussian, 0.9, 0),
        ("tanh, radius 1.1", ActivationKind.Tanh, WeightEnsemble.Gaussian, 1.1, 0),
        ("tanh, radius 2, driven", ActivationKind.Tanh, WeightEnsemble.Gaussian, 2, 1),
        ("relu, radius 1.4", ActivationKind.Relu, WeightEnsemble.Gaussian, 1.4, 0.1),
        ("linear, gaussian", ActivationKind.Linear, WeightEnsemble.Gaussian, 1, 0),
        ("tanh, orthogonal", ActivationKind.Tanh, WeightEnsemble.Orthogonal, 1, 0.1),
        ("linear, orthogonal", ActivationKind.Linear, WeightEnsemble.Orthogonal, 1, 0),
    ];

    public string Name => "rank";

    public string Question => "a product carried at its falling rank, against the same product with all its columns";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            One trajectory from x_0 to x_T and its norms, post-activation for relu, else pre-activation. `columns` is the mean number of columns that a step is applied to, as
            a part of N; `time` that of the whole trajectory, states included, over that with all columns: of the quickest rounds, and the median over rounds.
            `difference` is the larger of those of ln σ_max and ln ‖P‖_F, that is the relative error of the norm.
            """);
        Table table = report.Add(new Table("rank", "network", "N", "T", "columns", "time", "median time", "difference", "done again at"));
        foreach (int n in effort.Choose<int[]>([64, 128, 256], [32]))
        {
            foreach ((string name, ActivationKind activation, WeightEnsemble weights, double radius, double inputScale) in s_networks)
            {
                Matrix w = Scaled(weights, n, radius);
                foreach (int steps in effort.Choose<int[]>([50, 200, 1000], [50]))
                {
                    Measure(name, activation, w, inputScale, steps, effort, table);
                }
            }
        }

        return report;
    }

    private static void Measure(string name, ActivationKind activation, Matrix weights, double inputScale, int steps, Effort effort, Table table)
    {
        int n = weights.Rows;
        double logDeterminant = LogDeterminant.Of(weights);
        Trajectory counted = Start(logDeterminant);
        double columns = 0;
        for (int step = 1; step <= steps; step++)
        {
            counted.AdvanceTo(step);
            columns += counted.Product.Columns;
        }

        Trajectory full = Start(double.PositiveInfinity);
        full.AdvanceTo(steps);
        ProductNorms norms = counted.Product.Norms(), expected = full.Product.Norms();
        double difference = Math.Max(Math.Abs(norms.Log10Spectral - expected.Log10Spectral), Math.Abs(norms.Log10Frobenius - expected.Log10Frobenius)) * Math.Log(10);
        Timing[] timings = SideBySide.Samples(
            [new("falling", () => Run(logDeterminant)), new("full", () => Run(double.PositiveInfinity))], effort);
        table.Add(
            name, n, steps, columns / steps / n, timings[0].Over(timings[1]), timings[0].MedianOver(timings[1]), difference, counted.Product.RedoneAt);

        // An infinite determinant means that the singular values are not spread, so the product is never factored.
        Trajectory Start(double logDeterminantOfWeights) => new(
            RecurrentNetwork.Of(
                activation == ActivationKind.Relu ? StateForm.PostActivation : StateForm.PreActivation,
                JacobianForm.Exact,
                weights,
                Activation.Named(activation)),
            Drive.Of(n, n, inputScale, 0, 0, 1, 0, null),
            InitialState.Draw(n, 0, 1, 1, 0),
            0,
            logDeterminantOfWeights);

        void Run(double logDeterminantOfWeights)
        {
            Trajectory trajectory = Start(logDeterminantOfWeights);
            trajectory.AdvanceTo(steps);
            trajectory.Product.Norms();
        }
    }

    private static Matrix Scaled(WeightEnsemble ensemble, int n, double radius)
    {
        DrawnWeights drawn = DrawnWeights.Of(ensemble, n, 1, 1, 0, null);
        return new Matrix(n, n, [.. drawn.Values.Values.Select(value => value * radius / drawn.SpectralRadius)]);
    }
}
