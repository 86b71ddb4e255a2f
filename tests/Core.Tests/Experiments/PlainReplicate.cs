using MathNet.Numerics.LinearAlgebra;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Randomness;
using RnnSweep.Core.Tests.LinearAlgebra;
using RnnSweep.Core.Tests.Networks;
using Matrix = RnnSweep.Core.LinearAlgebra.Matrix;

namespace RnnSweep.Core.Tests.Experiments;

/// <summary>
/// One replicate in plain loops that form every matrix: the reference for the program's experiment. The two share the random words and
/// their normals, which have their own tests, and nothing else.
/// </summary>
internal sealed class PlainReplicate
{
    private readonly CellSpec _spec;

    public PlainReplicate(CellSpec spec, int replicate, Matrix? weights = null, Matrix? inputRows = null)
    {
        _spec = spec;
        int n = spec.HiddenSize;
        Matrix drawn = weights ?? DrawWeights(spec, replicate);
        double radius = spec.Scaling == WeightScaling.Expected || spec.Weights is WeightEnsemble.Orthogonal or WeightEnsemble.Identity
            ? 1
            : PlainMatrix.SpectralRadiusByPowers(drawn);
        Weights = PlainMatrix.Map(drawn, w => w * spec.SpectralRadius / radius);
        double[] structure = spec.Weights == WeightEnsemble.LowRank ? Normals(spec, replicate, StreamRole.LowRank, spec.Rank * n) : [];
        for (int k = 0; k < structure.Length * n; k++)
        {
            (int first, int i, int j) = (k / (n * n) * n, k / n % n, k % n);
            Weights[i, j] += structure[first + i] * spec.LowRankStrength * structure[first + j] / n;
        }

        for (int i = 0; i < n; i++)
        {
            Weights[i, i] -= spec.Diffusion;
        }

        double[] z = Normals(spec, replicate, StreamRole.Bias, n);
        double[] bias = [.. z.Select(value => spec.Bias + (spec.BiasScale * value))];
        int m = spec.ResolvedInputSize, transient = (int)spec.AllTransient, all = transient + spec.SequenceLength;
        double[] inputWeights = Normals(spec, replicate, StreamRole.InputWeights, n * m);
        double[] input = inputRows?.Values ?? (spec.InputScale == 0 ? [] : Normals(spec, replicate, StreamRole.Input, all * m));
        z = Normals(spec, replicate, StreamRole.InitialState, n);
        double[] state = [.. z.Select(value => spec.InitialState + (spec.InitialScale * value))];
        LossGradient = Normals(spec, replicate, StreamRole.LossGradient, n);
        double length = Math.Sqrt(LossGradient.Sum(g => g * g));
        LossGradient = [.. LossGradient.Select(g => g / length)];

        for (int step = 0; step < all; step++)
        {
            if (!spec.Tied)
            {
                Weights = PlainMatrix.Map(DrawWeights(spec, replicate, step), w => w * spec.SpectralRadius);
            }

            if (step == transient)
            {
                States.Add(state);
            }

            var drive = new double[n];
            for (int i = 0; i < n; i++)
            {
                drive[i] = bias[i];
                for (int j = 0; j < m && spec.InputScale != 0; j++)
                {
                    drive[i] += inputWeights[(i * m) + j] * spec.InputScale / Math.Sqrt(m) * input[(step * m) + j];
                }
            }

            double[] before = state, activated = spec.State == StateForm.PreActivation ? [.. state.Select(Phi)] : state;
            double[] a = [.. PlainMatrix.Multiply(Weights, activated).Zip(drive, (x, y) => x + y)];
            state = spec.State == StateForm.PreActivation ? a : [.. a.Select(Phi)];
            state = [.. state.Zip(before, (x, y) => (spec.Leak * x) + ((1 - spec.Leak) * y))];
            if (step < transient)
            {
                continue;
            }

            States.Add(state);
            double[] bent = spec.State == StateForm.PreActivation ? before : a;
            double[] slopes = [.. bent.Select(x => PlainActivation.Slope(spec.Activation, x))];
            Slopes.Add(slopes);
            Bent.Add(bent);
            Matrix diagonal = PlainMatrix.Diagonal(slopes);
            Jacobians.Add(Leaky(spec.State == StateForm.PostActivation ? PlainMatrix.Multiply(diagonal, Weights)
                : spec.Jacobian == JacobianForm.AsPrinted ? PlainMatrix.Multiply(Weights.Transpose(), diagonal)
                : PlainMatrix.Multiply(Weights, diagonal)));
        }

        Matrix Leaky(Matrix jacobian)
        {
            Matrix result = PlainMatrix.Map(jacobian, x => spec.Leak * x);
            for (int i = 0; i < n; i++)
            {
                result[i, i] += 1 - spec.Leak;
            }

            return result;
        }

        double Phi(double x) => PlainActivation.Value(spec.Activation, x);
    }

    /// <summary>W, of an untied network that of the last step.</summary>
    public Matrix Weights { get; }

    public double[] LossGradient { get; }

    /// <summary>x_0 to x_T.</summary>
    public List<double[]> States { get; } = [];

    /// <summary>The arguments of φ in steps 1 to T.</summary>
    public List<double[]> Bent { get; } = [];

    /// <summary>Slopes of steps 1 to T.</summary>
    public List<double[]> Slopes { get; } = [];

    /// <summary>J_1 to J_T.</summary>
    public List<Matrix> Jacobians { get; } = [];

    /// <summary>P_T scaled to the largest entry 1, and the natural logarithm of the scale.</summary>
    public (Matrix Product, double LogScale) Product()
    {
        Matrix product = PlainMatrix.Diagonal([.. Enumerable.Repeat(1.0, _spec.HiddenSize)]);
        double log = 0;
        foreach (Matrix jacobian in Jacobians)
        {
            product = PlainMatrix.Multiply(jacobian, product);
            double scale = PlainMatrix.MaxAbs(product);
            log += Math.Log(scale);
            product = PlainMatrix.Map(product, x => x / scale);
        }

        return (product, log);
    }

    /// <summary>ln ‖P_t‖_F for t = 1 to T, without the leftmost W in the pre-activation form.</summary>
    public double[] LogNorms()
    {
        var logs = new List<double>();
        Matrix product = PlainMatrix.Diagonal([.. Enumerable.Repeat(1.0, _spec.HiddenSize)]);
        double log = 0;
        foreach ((Matrix jacobian, double[] slopes) in Jacobians.Zip(Slopes))
        {
            Matrix grown = PlainMatrix.Multiply(_spec is { State: StateForm.PreActivation, Leak: 1 } ? PlainMatrix.Diagonal(slopes) : jacobian, product);
            logs.Add(Math.Log(Length(grown.Values)) + log);
            product = PlainMatrix.Multiply(jacobian, product);
            double scale = PlainMatrix.MaxAbs(product);
            log += Math.Log(scale);
            product = PlainMatrix.Map(product, x => x / scale);
        }

        return [.. logs];
    }

    /// <summary>Base 10 logarithms of the norms of J_T ⋯ J_{T−k+1} and of its product with the loss gradient, for k = 1 to T.</summary>
    public (double Spectral, double Frobenius, double Gradient)[] Lags()
    {
        var norms = new List<(double, double, double)>();
        Matrix product = PlainMatrix.Diagonal([.. Enumerable.Repeat(1.0, _spec.HiddenSize)]);
        double log = 0;
        foreach (Matrix jacobian in Enumerable.Reverse(Jacobians))
        {
            product = PlainMatrix.Multiply(product, jacobian);
            double scale = PlainMatrix.MaxAbs(product);
            log += Math.Log10(scale);
            product = PlainMatrix.Map(product, x => x / scale);
            double gradient = Length(PlainMatrix.Multiply(product.Transpose(), LossGradient));
            norms.Add((Math.Log10(PlainMatrix.SingularValues(product)[0]) + log, Math.Log10(Length(product.Values)) + log, Math.Log10(gradient) + log));
        }

        return [.. norms];
    }

    // The growth rates over the second half, by their definition: a line through samples, and 16 batches, or fewer if there are fewer samples.
    private static (double Slope, double Sem, bool? Converged) Growth(double[] logNorms)
    {
        int steps = logNorms.Length, first = (steps + 1) / 2;
        if (steps < 8)
        {
            return (double.NaN, double.NaN, null);
        }

        int[] sampled = [.. Enumerable.Range(first, steps + 1 - first).Where(t => t % Stride(t) == 0)];
        (double[] t, double[] y) = ([.. sampled.Select(step => (double)step)], [.. sampled.Select(At)]);
        double slope = MathNet.Numerics.Fit.Line(t, y).B;

        int stride = Stride(steps), last = sampled[^1], intervals = (last - first) / stride, batches = Math.Min(16, intervals / 2 * 2);
        int length = intervals / batches * stride;
        double[] rates = [.. Enumerable.Range(1, batches).Select(i => last - ((batches - i) * length)).Select(end => (At(end) - At(end - length)) / length)];
        double[] early = rates[..(batches / 2)], late = rates[(batches / 2)..];
        double difference = Math.Abs(early.Average() - late.Average());
        return (slope, Sem(rates), difference <= 1e-6 || difference <= 3 * Math.Sqrt(Math.Pow(Sem(early), 2) + Math.Pow(Sem(late), 2)));

        double At(int step) => logNorms[step - 1];
        static int Stride(int step) => step < 128 ? 1 : 2 * Stride(step / 2);
        static double Sem(double[] values) => MathNet.Numerics.Statistics.Statistics.StandardDeviation(values) / Math.Sqrt(values.Length);
    }

    /// <summary>Σ ln |diag R| of the QR factors of the steps: an independent computation of ln |det P_T|.</summary>
    public double LogAbsDeterminantByQr()
    {
        Matrix<double> q = Matrix<double>.Build.DenseIdentity(_spec.HiddenSize);
        double sum = 0;
        foreach (Matrix jacobian in Jacobians)
        {
            var qr = (PlainMatrix.ToMathNet(jacobian) * q).QR();
            sum += qr.R.Diagonal().Sum(r => Math.Log(Math.Abs(r)));
            q = qr.Q;
        }

        return sum;
    }

    public Reading Columns()
    {
        double ln10 = Math.Log(10), steps = Jacobians.Count, n = _spec.HiddenSize;
        (Matrix product, double log) = Product();
        double spectral = (Math.Log(PlainMatrix.SingularValues(product)[0]) + log) / ln10;
        double determinant = PlainMatrix.ToMathNet(Weights).Determinant(), leak = _spec.Leak;
        double logDeterminant = leak == 1
            ? (steps * Math.Log(Math.Abs(determinant))) + Slopes.Sum(s => s.Sum(Math.Log))
            : Jacobians.Sum(j => Math.Log(Math.Abs(PlainMatrix.ToMathNet(j).Determinant())));
        double norm = PlainMatrix.SingularValues(Weights)[0];

        double omega = 0;
        double[] gradient = LossGradient;
        foreach (Matrix jacobian in Enumerable.Reverse(Jacobians))
        {
            double[] carried = PlainMatrix.Multiply(jacobian.Transpose(), gradient);
            double ratio = Length(carried) / Length(gradient);
            omega += (ratio - 1) * (ratio - 1) / steps;
            gradient = [.. carried.Select(g => g / Length(carried))];
        }

        (double slope, double sem, bool? converged) = Growth(LogNorms());
        return new Reading
        {
            Log10SpectralNorm = spectral,
            Log10FrobeniusNorm = (Math.Log(Length(product.Values)) + log) / ln10,
            Log10GradientNorm = (Math.Log(Length(PlainMatrix.Multiply(product.Transpose(), LossGradient))) + log) / ln10,
            Log10AbsDeterminant = logDeterminant / ln10,
            LyapunovMax = spectral * ln10 / steps,
            LyapunovMean = logDeterminant / (n * steps),
            LyapunovMaxSlope = slope,
            LyapunovMaxWithinSem = sem,
            Converged = converged,
            Log10PascanuBound = steps * Math.Log10(1 - leak + (leak * PlainActivation.MaximumSlope(_spec.Activation) * norm)),
            Log10PathBound = Slopes.Sum(s => Math.Log10(1 - leak + (leak * norm * s.Max()))),
            MeanSlope = Slopes.Average(s => s.Average()),
            MeanLogSlope = Slopes.Average(s => s.Average(Math.Log)),
            Omega = omega,
            WeightsSpectralNorm = norm,
            Outcome = spectral < -_spec.Threshold ? Outcome.Vanishing : spectral > _spec.Threshold ? Outcome.Exploding : Outcome.Stable,
        };
    }

    public static Matrix DrawWeights(CellSpec spec, int replicate, int step = 0)
    {
        int n = spec.HiddenSize, end = (step + 1) * n * n;
        Matrix z = new(n, n, Normals(spec, replicate, StreamRole.RecurrentWeights, end)[^(n * n)..]);
        Matrix u = new(n, n, Uniforms(spec, replicate, StreamRole.RecurrentWeights, end)[^(n * n)..]);
        double[] mask = Uniforms(spec, replicate, StreamRole.SparsityMask, n * n);
        Matrix From(Func<int, int, double> entry) => new(n, n, [.. Enumerable.Range(0, n * n).Select(k => entry(k / n, k % n))]);
        return spec.Weights switch
        {
            WeightEnsemble.Gaussian or WeightEnsemble.LowRank => From((i, j) => z[i, j] / Math.Sqrt(n)),
            WeightEnsemble.Uniform => From((i, j) => ((2 * u[i, j]) - 1) * Math.Sqrt(3.0 / n)),
            WeightEnsemble.Orthogonal => PlainMatrix.GramSchmidt(z),
            WeightEnsemble.Identity => From((i, j) => i == j ? 1 : 0),
            WeightEnsemble.Symmetric => From((i, j) => (z[i, j] + z[j, i]) / Math.Sqrt(2.0 * n)),
            WeightEnsemble.Antisymmetric => From((i, j) => (z[i, j] - z[j, i]) / Math.Sqrt(2.0 * n)),
            WeightEnsemble.Sparse => From((i, j) => mask[(i * n) + j] < spec.Density ? z[i, j] / Math.Sqrt(n * spec.Density) : 0),
            WeightEnsemble.Levy => Levy(n, spec.Stability, Uniforms(spec, replicate, StreamRole.RecurrentWeights, 2 * end)[^(2 * n * n)..]),
            _ => throw new ArgumentOutOfRangeException(nameof(spec)),
        };
    }

    // The formula of Chambers, Mallows and Stuck as it is printed.
    private static Matrix Levy(int n, double alpha, double[] uniforms)
    {
        double Entry(double u, double v)
        {
            double angle = Math.PI * (u - 0.5), exponential = -Math.Log(v);
            return Math.Sin(alpha * angle) / Math.Pow(Math.Cos(angle), 1 / alpha) * Math.Pow(Math.Cos((1 - alpha) * angle) / exponential, (1 - alpha) / alpha) / Math.Pow(n, 1 / alpha);
        }

        return new(n, n, [.. uniforms.Take(n * n).Zip(uniforms.Skip(n * n), Entry)]);
    }

    private static double Length(double[] x) => Math.Sqrt(x.Sum(v => v * v));

    private static double[] Uniforms(CellSpec spec, int replicate, StreamRole role, int count)
    {
        var stream = new Philox(spec.Seed, (16 * (ulong)replicate) + (ulong)role);
        return [.. Enumerable.Range(0, count).Select(_ => ((stream.NextWord() >> 11) + 0.5) * Math.Pow(2, -53))];
    }

    private static double[] Normals(CellSpec spec, int replicate, StreamRole role, int count) =>
        [.. Uniforms(spec, replicate, role, count).Select(NormalQuantile.Of)];
}
