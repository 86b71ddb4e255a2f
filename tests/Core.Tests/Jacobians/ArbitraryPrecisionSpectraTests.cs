using RnnSweep.Core.Experiments;
using RnnSweep.Core.Jacobians;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Randomness;

namespace RnnSweep.Core.Tests.Jacobians;

/// <summary>Whole spectra compared with spectra.csv, which spectra.py computed with hundreds and thousands of digits.</summary>
public sealed class ArbitraryPrecisionSpectraTests
{
    // The documented accuracy if a step's condition number is at most 1e6.
    private const double Promised = 1e-8;

    private static readonly Dictionary<string, string[]> s_rows = Rows().ToDictionary(row => row[0]);

    public static TheoryData<string> Names => [.. s_rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_singular_value_is_that_of_arbitrary_precision_or_missing(string name)
    {
        double[] expected = [.. s_rows[name][7].Split(' ').Select(text => double.Parse(text))];

        SingularSpectrum spectrum = Run(s_rows[name]).Read();

        bool isBeyond = name.Contains("beyond", StringComparison.Ordinal);
        int known = spectrum.Log10SingularValues.Count(value => !double.IsNaN(value));
        for (int i = 0; i < known; i++)
        {
            Assert.Equal(expected[i], spectrum.Log10SingularValues[i], Math.Min(isBeyond ? SpectralProduct.TrustedError : Promised, spectrum.Log10Errors[i]));
        }

        // Six units with a condition number of 2^60 per step: a double cannot distinguish the smallest value from 0.
        Assert.Equal(isBeyond, known < expected.Length);
        Assert.True(known >= 2);
        Assert.All(spectrum.Log10SingularValues[known..], value => Assert.True(double.IsNaN(value)));
    }

    private static IEnumerable<string[]> Rows()
    {
        using var reader = new StreamReader(typeof(ArbitraryPrecisionSpectraTests).Assembly.GetManifestResourceStream("spectra.csv")!);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..].Select(line => line.Split(','))];
    }

    // The same inputs as in spectra.py, bit for bit.
    private static SpectralProduct Run(string[] row)
    {
        int n = Number(row[1]), steps = Number(row[2]), bits = Number(row[5]);
        string kind = row[4];
        var stream = new Philox(7, (ulong)Number(row[6]));
        Matrix weights = Uniform();
        if (kind == "dense")
        {
            Matrix left = weights, right = Uniform();
            weights = new Matrix(n, n);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    for (int k = 0; k < n; k++)
                    {
                        weights[i, j] += left[i, k] * Math.ScaleB(right[k, j], -(bits * k / (n - 1)));
                    }
                }
            }
        }

        var product = new SpectralProduct(ScriptedSlopes.Network(weights, slopesComeFirst: bool.Parse(row[3])));
        var slopes = new double[n];
        for (int t = 0; t < steps; t++)
        {
            for (int i = 0; i < n; i++)
            {
                double mantissa = 1 - (0.5 * stream.NextUniform());
                slopes[i] = Math.ScaleB(mantissa, -Power(t, i));
            }

            product.Advance(slopes, 0);
        }

        return product;

        int Power(int t, int i) => kind switch
        {
            "fresh" => (int)(bits * stream.NextUniform()),
            "graded" => bits * i / (n - 1),
            "turn" => i < n / 2 == t >= steps / 3 ? bits : 0,
            _ => 0,
        };

        Matrix Uniform()
        {
            double factor = Math.Sqrt(3.0 / n);
            return new Matrix(n, n, [.. Enumerable.Range(0, n * n).Select(_ => ((2 * stream.NextUniform()) - 1) * factor)]);
        }
    }

    private static int Number(string text) => int.Parse(text);
}
