using RnnSweep.Benchmarks.Measurement;
using RnnSweep.Benchmarks.Reports;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;

namespace RnnSweep.Benchmarks.Spectra;

/// <summary>The cost of all singular values of a product, relative to the product itself, and whether they sum up to the determinant.</summary>
internal sealed class SpectrumPart : IPart
{
    private static readonly (string Name, ActivationKind Activation, double Radius)[] s_networks =
    [
        ("tanh, radius 0.9", ActivationKind.Tanh, 0.9),
        ("tanh, radius 1.1", ActivationKind.Tanh, 1.1),
        ("tanh, radius 2", ActivationKind.Tanh, 2),
        ("linear", ActivationKind.Linear, 1),
    ];

    public string Name => "spectrum";

    public string Question => "all singular values of a product, against the same product with all its columns";

    public Report Run(Effort effort)
    {
        var report = new Report();
        report.Say("""
            Slopes of one trajectory, pre-activation, gaussian weights, no input, are multiplied out: by steps alone (`dense`), and as a product whose N singular values are read
            at the end. `ratio` is the time of the second over the first: of the quickest rounds, and the median over rounds. `block` is the mean number of steps between two
            orthonormalisations; `missing` how many singular values double precision cannot tell; `residual` the difference of their sum from ln |det P|, over N·T.
            """);
        Table table = report.Add(new Table("spectrum", "network", "N", "T", "dense, ms", "ratio", "median ratio", "block", "missing", "residual"));
        foreach (int n in effort.Choose<int[]>([32, 64, 128, 256], [32]))
        {
            foreach ((string name, ActivationKind activation, double radius) in s_networks)
            {
                foreach (int steps in effort.Choose<int[]>([200, 1000], [200]))
                {
                    Measure(name, activation, radius, n, steps, effort, table);
                }
            }
        }

        return report;
    }

    private static void Measure(string name, ActivationKind activation, double radius, int n, int steps, Effort effort, Table table)
    {
        DrawnWeights drawn = DrawnWeights.Of(WeightEnsemble.Gaussian, n, 1, 1, 0, null);
        var weights = new Matrix(n, n, [.. drawn.Values.Values.Select(value => value * radius / drawn.SpectralRadius)]);
        RecurrentNetwork network = RecurrentNetwork.Of(StateForm.PreActivation, JacobianForm.Exact, weights, Activation.Named(activation));
        double[] state = InitialState.Draw(n, 0, 1, 1, 0), drive = new double[n], scratch = new double[n];
        double[][] slopes = [.. Enumerable.Range(0, steps).Select(_ => new double[n])];
        var sums = new Slopes[steps];
        for (int t = 0; t < steps; t++)
        {
            sums[t] = network.Advance(state, drive, slopes[t], scratch);
        }

        Timing[] timings = SideBySide.Samples([new("dense", () => Dense()), new("spectrum", () => Whole().Read())], effort);
        SpectralProduct product = Whole();
        SingularSpectrum spectrum = product.Read();
        double logDeterminant = (steps * LogDeterminant.Of(weights)) + sums.Sum(step => step.LogSum);
        table.Add(
            name,
            n,
            steps,
            timings[0].Minimum * 1e3,
            timings[1].Over(timings[0]),
            timings[1].MedianOver(timings[0]),
            steps / (double)product.Blocks,
            spectrum.Log10SingularValues.Count(double.IsNaN),
            ((spectrum.Log10Sum * Math.Log(10)) - logDeterminant) / n / steps);

        // An infinite determinant means that the singular values are not spread, so all columns are kept.
        void Dense()
        {
            var dense = new JacobianProduct(network, new ConstantSlopes(slopes[0]), double.PositiveInfinity);
            for (int t = 0; t < steps; t++)
            {
                dense.Prepare(CancellationToken.None);
                dense.Advance(slopes[t], sums[t].Exponent, sums[t].LogSum);
            }
        }

        SpectralProduct Whole()
        {
            var whole = new SpectralProduct(network);
            for (int t = 0; t < steps; t++)
            {
                whole.Advance(slopes[t], sums[t].Exponent);
            }

            return whole;
        }
    }
}
