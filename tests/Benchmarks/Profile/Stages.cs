using System.Diagnostics;
using System.Numerics.Tensors;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Activations;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Benchmarks.Profile;

/// <summary>
/// The stages of a cell one by one, through the public parts of Core that an experiment calls. Each runs separately over all steps, so that no clock
/// is read within a step.
/// </summary>
internal sealed class Stages(CellSpec cell)
{
    private readonly double[] _seconds = new double[Names.Length];

    public static string[] Names { get; } =
        ["draw of W₀", "spectral radius of W₀", "norm of W₀", "determinant of W₀", "state steps", "Jacobian products", "omega", "norms of the product"];

    /// <summary>Seconds per stage, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<double> Seconds => _seconds;

    /// <summary>Runs replicate 0 at some radii, with one draw for all of them.</summary>
    public void Run(double[] radii)
    {
        int n = cell.HiddenSize;
        Matrix drawn = Timed(0, () => WeightDraw.Draw(cell.Weights, n, cell.Density, cell.Seed, 0));
        double unscaled = Timed(1, () => SpectralRadius.Of(drawn));
        Timed(2, () => SpectralNorm.Of(drawn.Values, n, n));
        double logDeterminant = Timed(3, () => LogDeterminant.Of(drawn));
        foreach (double radius in radii)
        {
            var weights = new Matrix(n, n);
            TensorPrimitives.Multiply(drawn.Values, radius / unscaled, weights.Values);
            RecurrentNetwork network = Timed(4, () => RecurrentNetwork.Of(cell.State, cell.Jacobian, weights, Activation.Named(cell.Activation)));
            Cell(network, logDeterminant + (n * Math.Log(radius / unscaled)));
        }
    }

    private void Cell(RecurrentNetwork network, double logWeightsDeterminant)
    {
        int n = cell.HiddenSize, steps = cell.SequenceLength;
        var history = new History(n, steps);
        var gradient = new double[n];
        Philox.For(cell.Seed, 0, StreamRole.LossGradient).FillNormal(gradient);
        Timed(4, () =>
        {
            double[] state = InitialState.Draw(n, cell.InitialState, cell.InitialScale, cell.Seed, 0), drive = new double[n], scratch = new double[n];
            for (int t = 0; t < steps; t++)
            {
                history.LogSums[t] = network.Advance(state, drive, history.Slopes(t), scratch).LogSum;
            }

            return state;
        });

        var product = new JacobianProduct(network, history, logWeightsDeterminant);
        Timed(5, () =>
        {
            for (int t = 0; t < steps; t++)
            {
                product.Prepare(CancellationToken.None);
                product.Advance(history.Slopes(t), 0, history.LogSums[t]);
            }

            return product;
        });

        var trajectory = new Trajectory(
            network,
            Drive.Of(n, n, 0, 0, 0, cell.Seed, 0, null),
            InitialState.Draw(n, cell.InitialState, cell.InitialScale, cell.Seed, 0),
            0);
        trajectory.AdvanceTo(steps);
        Timed(6, () => trajectory.CarryBack(gradient));
        Timed(7, () => product.Norms());
    }

    private sealed class History(int hiddenSize, int steps) : ISlopeHistory
    {
        private readonly double[] _slopes = new double[hiddenSize * steps];

        public double[] LogSums { get; } = new double[steps];

        public Span<double> Slopes(int index) => _slopes.AsSpan(index * hiddenSize, hiddenSize);

        public ReadOnlySpan<double> At(int index, out double exponent)
        {
            exponent = 0;
            return Slopes(index);
        }
    }

    private T Timed<T>(int stage, Func<T> run)
    {
        long start = Stopwatch.GetTimestamp();
        T result = run();
        _seconds[stage] += Stopwatch.GetElapsedTime(start).TotalSeconds;
        return result;
    }
}
