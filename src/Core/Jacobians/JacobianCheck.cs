using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;

namespace RnnSweep.Core.Jacobians;

/// <summary>Forms a network's Jacobian and compares it with central differences of the network's step.</summary>
internal static class JacobianCheck
{
    /// <summary>J_t at a state, N × N: the Jacobian applied to the identity.</summary>
    /// <param name="network">The network.</param>
    /// <param name="state">x_{t−1}, length <see cref="INetwork.StateLength"/>; the last N values are the state of the Jacobian.</param>
    /// <param name="drive">W_in u_t + b, length <see cref="INetwork.DriveLength"/>.</param>
    public static Matrix Form(INetwork network, ReadOnlySpan<double> state, ReadOnlySpan<double> drive)
    {
        int n = network.HiddenSize;
        var slopes = new double[network.SlopeLength];
        double exponent = network.Advance(state.ToArray(), drive, slopes, new double[n]).Exponent;
        var jacobian = new Matrix(n, n);
        network.MultiplyJacobian(slopes, Matrix.Identity(n, double.Exp2(exponent)).Values, jacobian.Values, n);
        return jacobian;
    }

    /// <summary>
    /// ∂x_t/∂x_{t−1} by central differences, row = output, column = input, N × N. One step of Richardson extrapolation reduces the error from O(h²) to O(h⁴).
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="state">x_{t−1}, length <see cref="INetwork.StateLength"/>; the last N values are the state of the Jacobian.</param>
    /// <param name="drive">W_in u_t + b, length <see cref="INetwork.DriveLength"/>.</param>
    /// <param name="step">h, the displacement of one component.</param>
    public static Matrix CentralDifferences(INetwork network, ReadOnlySpan<double> state, ReadOnlySpan<double> drive, double step = 1e-3)
    {
        int n = network.HiddenSize, first = network.StateLength - n;
        double[] centre = state.ToArray(), fixedDrive = drive.ToArray();
        var result = new Matrix(n, n);
        for (int input = 0; input < n; input++)
        {
            double[] wide = Difference(step), narrow = Difference(step / 2);
            for (int output = 0; output < n; output++)
            {
                result[output, input] = ((4 * narrow[output]) - wide[output]) / 3;
            }

            double[] Difference(double h)
            {
                double[] above = After(h), below = After(-h);
                for (int i = 0; i < n; i++)
                {
                    above[i] = (above[first + i] - below[first + i]) / (2 * h);
                }

                return above;
            }

            double[] After(double displacement)
            {
                double[] x = [.. centre];
                x[first + input] += displacement;
                network.Advance(x, fixedDrive, new double[network.SlopeLength], new double[n]);
                return x;
            }
        }

        return result;
    }

    /// <summary>The largest absolute difference between two matrices of equal shape.</summary>
    public static double LargestDeviation(Matrix a, Matrix b) => a.Values.Zip(b.Values, (x, y) => Math.Abs(x - y)).Aggregate(0.0, Math.Max);
}
