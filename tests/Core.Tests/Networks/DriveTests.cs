using RnnSweep.Core.Experiments;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Tests.LinearAlgebra;

namespace RnnSweep.Core.Tests.Networks;

public sealed class DriveTests
{
    // The same sums in another order: at most seven terms of order 1.
    private const double Tolerance = 1e-14;

    private static double[] Normals(int replicate, StreamRole role, int count)
    {
        var values = new double[count];
        Philox.For(5, replicate, role).FillNormal(values);
        return values;
    }

    [Fact]
    public void The_drive_is_input_weights_times_input_plus_bias_at_any_step_in_any_order()
    {
        const int N = 6, M = 7;
        Drive drive = Drive.Of(N, M, 0.8, -0.25, 0.5, 5, 2, null);
        double[] w = Normals(2, StreamRole.InputWeights, N * M), b = Normals(2, StreamRole.Bias, N),
            u = Normals(2, StreamRole.Input, M * 50);
        var actual = new double[N];

        foreach (int step in new[] { 0, 1, 2, 49, 17, 3, 17 })
        {
            drive.Fill(step, actual);
            for (int i = 0; i < N; i++)
            {
                double input = Enumerable.Range(0, M).Sum(j => w[(i * M) + j] * 0.8 / Math.Sqrt(M) * u[(step * M) + j]);
                Assert.Equal(-0.25 + (0.5 * b[i]) + input, actual[i], Tolerance);
            }
        }
    }

    [Fact]
    public void The_rows_of_the_users_input_are_the_steps()
    {
        Matrix rows = PlainMatrix.Gaussian(9, 3, 1);
        Drive drive = Drive.Of(4, 3, 2, 0.5, 0, 5, 1, InputRows.Of(rows));
        double[] w = Normals(1, StreamRole.InputWeights, 12), actual = new double[4];

        for (int step = 8; step >= 0; step--)
        {
            drive.Fill(step, actual);
            for (int i = 0; i < 4; i++)
            {
                double input = Enumerable.Range(0, 3).Sum(j => w[(i * 3) + j] * 2 / Math.Sqrt(3) * rows[step, j]);
                Assert.Equal(0.5 + input, actual[i], Tolerance);
            }
        }
    }

    [Fact]
    public void Constants_without_scales_draw_no_random_numbers()
    {
        var drive = new double[3];
        Drive.Of(3, 3, 0, 1.5, 0, 1, 0, null).Fill(12, drive);

        Assert.Equal([1.5, 1.5, 1.5], drive);
        Assert.Equal([-2, -2, -2], InitialState.Draw(3, -2, 0, 1, 0));
    }

    [Fact]
    public void The_initial_state_is_the_constant_plus_scaled_normals()
    {
        double[] z = Normals(3, StreamRole.InitialState, 8);
        Assert.Equal(z.Select(x => 0.25 + (x * 0.5)), InitialState.Draw(8, 0.25, 0.5, 5, 3));
    }

    // Rows of W_in have unit length in expectation, so each component of W_in u has standard deviation input_scale for any length
    // of u.
    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void The_input_has_the_standard_deviation_asked_for(int inputSize)
    {
        const int N = 2000;
        Drive drive = Drive.Of(N, inputSize, 0.7, 0, 0, 1, 0, null);
        double sum = 0;
        var step = new double[N];
        for (int t = 0; t < 400; t++)
        {
            drive.Fill(t, step);
            sum += step.Sum(x => x * x) / (N * 400.0);
        }

        // All rows share the input: |u|² averaged over 400 steps has relative standard deviation √(2 / (400 · size)), and |W_in|²
        // √(2 / (2000 · size)); the tolerance is five of both.
        Assert.Equal(0.49, sum, 0.49 * 5 * Math.Sqrt(2 / (400.0 * inputSize) + (2 / (2000.0 * inputSize))));
    }
}
