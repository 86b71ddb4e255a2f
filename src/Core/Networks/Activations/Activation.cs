using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using RnnSweep.Core.ElementaryFunctions;

namespace RnnSweep.Core.Networks.Activations;

/// <summary>An activation φ applied to vectors. Instances are shared, stateless and thread-safe.</summary>
public abstract class Activation
{
    private static readonly Dictionary<ActivationKind, Activation> s_all = new()
    {
        [ActivationKind.Linear] = new Of<Linear>(),
        [ActivationKind.Tanh] = new Of<Tanh>(),
        [ActivationKind.Sigmoid] = new Of<Sigmoid>(),
        [ActivationKind.Relu] = new Of<Relu>(),
        [ActivationKind.Hardtanh] = new Of<Hardtanh>(),
        [ActivationKind.Softplus] = new Of<Softplus>(),
        [ActivationKind.Erf] = new Of<Erf>(),
    };

    private protected Activation()
    {
    }

    /// <summary>γ = sup |φ'|.</summary>
    public abstract double MaximumSlope { get; }

    /// <summary>Whether φ' is constant, so that a Jacobian does not depend on the state.</summary>
    public abstract bool SlopeIsConstant { get; }

    /// <summary>Whether φ(c x) = c φ(x) for every c &gt; 0, so that φ' depends only on the sign of x.</summary>
    public abstract bool IsHomogeneous { get; }

    /// <summary>The points where φ' jumps, ascending.</summary>
    public abstract IReadOnlyList<double> Kinks { get; }

    /// <summary>The activation of a kind.</summary>
    public static Activation Named(ActivationKind kind) => s_all[kind];

    /// <summary>φ(x).</summary>
    public abstract double Value(double x);

    /// <summary>φ'(x).</summary>
    public abstract double Slope(double x);

    /// <summary>ln φ'(x).</summary>
    public abstract double LogSlope(double x);

    /// <summary>
    /// Writes φ(x_i) to <paramref name="values"/> and φ'(x_i) · 2^−e to <paramref name="slopes"/>, and returns e with sums over the vector. e is 0
    /// unless the largest slope is near the lower end of the range of a double. All three spans have length N ≥ 1 and do not overlap. Values, slopes
    /// and logarithms are accurate to 4 ulp each; each of the N/4 + 2 additions of a sum adds half an ulp of Σ |terms|. The results for an x depend
    /// only on that x (slopes: and on e), and the order of the sums only on N. Nothing is allocated.
    /// </summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public abstract Slopes Evaluate(ReadOnlySpan<double> x, Span<double> values, Span<double> slopes);

    /// <summary>Writes ln φ'(x_i), to 4 ulp each, even where φ'(x_i) is below the range of a double; −∞ where it is 0. Nothing is allocated.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public abstract void LogSlopes(ReadOnlySpan<double> x, Span<double> logSlopes);

    /// <summary>
    /// φ, φ' and their sums for several networks side by side: unit i of the network in lane l is element i·lanes + l. A lane's numbers do not depend
    /// on the other lanes or on their number. Slopes below the range of a double are 0, and their logarithms are exact.
    /// </summary>
    /// <param name="x">Arguments, N × lanes.</param>
    /// <param name="lanes">2, 4 or 8.</param>
    /// <param name="values">Receives φ(x), N × lanes.</param>
    /// <param name="slopes">Receives φ'(x), N × lanes.</param>
    /// <param name="sums">Receives Σ φ', Σ ln φ' and max ln φ' of each lane, 3 × lanes.</param>
    internal abstract void EvaluateSideBySide(ReadOnlySpan<double> x, int lanes, Span<double> values, Span<double> slopes, Span<double> sums);

    private sealed class Of<T> : Activation
        where T : IActivation
    {
        // ln of the largest slope below which slopes get an exponent of their own. Above it, the product of a slope and a weight is far from 2^−1022.
        private static readonly double s_smallestPlainLogSlope = Math.Log(1e-200);

        private static Vector256<double> Lanes => Vector256.Create(0.0, 1, 2, 3);

        public override double MaximumSlope => T.MaximumSlope;

        public override bool SlopeIsConstant => T.SlopeIsConstant;

        public override bool IsHomogeneous => T.IsHomogeneous;

        public override IReadOnlyList<double> Kinks => T.Kinks;

        public override double Value(double x) => T.Value(x);

        public override double Slope(double x) => T.Slope(x);

        public override double LogSlope(double x) => T.LogSlope(x);

        public override Slopes Evaluate(ReadOnlySpan<double> x, Span<double> values, Span<double> slopes)
        {
            if (values.Length != x.Length || slopes.Length != x.Length)
            {
                throw new ArgumentException($"{x.Length} arguments, but room for {values.Length} values and {slopes.Length} slopes");
            }

            Slopes result = x.Length < Vector256<double>.Count ? Few(x, values, slopes) : Many(x, values, slopes);

            // Comparisons ignore NaN, so a slope that is NaN shows only in the sum.
            return result.LogMaximum >= s_smallestPlainLogSlope && !double.IsNaN(result.Sum)
                ? result
                : Saturated(x, slopes, result.Sum, result.LogSum);
        }

        public override void LogSlopes(ReadOnlySpan<double> x, Span<double> logSlopes)
        {
            if (logSlopes.Length != x.Length)
            {
                throw new ArgumentException($"{x.Length} arguments, but room for {logSlopes.Length} logarithms");
            }

            int i = 0;
            for (; i <= x.Length - Vector256<double>.Count; i += Vector256<double>.Count)
            {
                T.Evaluate(Vector256.Create(x[i..]), out _, out _, out Vector256<double> log);
                log.CopyTo(logSlopes[i..]);
            }

            for (; i < x.Length; i++)
            {
                logSlopes[i] = T.LogSlope(x[i]);
            }
        }

        internal override void EvaluateSideBySide(ReadOnlySpan<double> x, int lanes, Span<double> values, Span<double> slopes, Span<double> sums)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, x.Length);
            ArgumentOutOfRangeException.ThrowIfLessThan(slopes.Length, x.Length);
            ArgumentOutOfRangeException.ThrowIfLessThan(sums.Length, 3 * lanes);
            for (int first = 0; first < lanes; first += Vector256<double>.Count)
            {
                bool isHalf = lanes - first < Vector256<double>.Count;
                Vector256<double> sum = default, smallest = Vector256<double>.One, largest = default, mantissas = Vector256<double>.One;
                Vector256<long> exponents = default;
                for (int i = first; i < x.Length; i += lanes)
                {
                    T.Evaluate(Load(x, i, isHalf), out Vector256<double> phi, out Vector256<double> s, out _);
                    Store(phi, values, i, isHalf);
                    Store(s, slopes, i, isHalf);
                    sum += s;
                    smallest = Vector256.MinNative(s, smallest);
                    largest = Vector256.MaxNative(s, largest);
                    mantissas *= Logarithm.Mantissa(s);
                    exponents += Logarithm.Exponent(s);
                }

                // One logarithm of the product of all slopes, in place of a logarithm of each.
                Vector256<double> logSum = Logarithm.Of(mantissas, exponents), maximum = Logarithm.Of(largest);
                Vector256<double> isSmall = Vector256.LessThan(smallest, Vector256.Create(Slopes.SmallestNormal));
                if (isSmall != Vector256<double>.Zero)
                {
                    SumLogarithms(x, lanes, first, isHalf, out Vector256<double> sumOfLogs, out Vector256<double> largestLog);
                    logSum = Vector256.ConditionalSelect(isSmall, sumOfLogs, logSum);
                    maximum = Vector256.ConditionalSelect(isSmall, largestLog, maximum);
                }

                Store(sum, sums, first, isHalf);
                Store(logSum, sums, lanes + first, isHalf);
                Store(maximum, sums, (2 * lanes) + first, isHalf);
            }
        }

        // Of slopes that are 0 or below the normal range.
        private static void SumLogarithms(
            ReadOnlySpan<double> x, int lanes, int first, bool isHalf, out Vector256<double> sum, out Vector256<double> maximum)
        {
            (sum, maximum) = (default, Vector256.Create(double.NegativeInfinity));
            for (int i = first; i < x.Length; i += lanes)
            {
                T.Evaluate(Load(x, i, isHalf), out _, out _, out Vector256<double> log);
                sum += log;
                maximum = Vector256.MaxNative(log, maximum);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<double> Load(ReadOnlySpan<double> source, int start, bool isHalf)
        {
            ref double from = ref MemoryMarshal.GetReference(source);
            return isHalf ? Vector256.Create(Vector128.LoadUnsafe(ref from, (nuint)start)) : Vector256.LoadUnsafe(ref from, (nuint)start);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Store(Vector256<double> value, Span<double> target, int start, bool isHalf)
        {
            ref double to = ref MemoryMarshal.GetReference(target);
            if (isHalf)
            {
                value.GetLower().StoreUnsafe(ref to, (nuint)start);
            }
            else
            {
                value.StoreUnsafe(ref to, (nuint)start);
            }
        }

        private static Slopes Many(ReadOnlySpan<double> x, Span<double> values, Span<double> slopes)
        {
            ref double from = ref MemoryMarshal.GetReference(x);
            ref double value = ref MemoryMarshal.GetReference(values), slope = ref MemoryMarshal.GetReference(slopes);
            Vector256<double> sum = default, logSum = default, maximum = Vector256.Create(double.NegativeInfinity);
            nuint width = (nuint)Vector256<double>.Count, length = (nuint)x.Length;
            for (nuint i = 0; i < length; i += width)
            {
                // A last vector of fewer than four numbers overlaps the one before, and only the new numbers are added to the sums.
                nuint start = Math.Min(i, length - width);
                Vector256<double> isNew = Vector256.GreaterThanOrEqual(Lanes, Vector256.Create((double)(i - start)));
                T.Evaluate(
                    Vector256.LoadUnsafe(ref from, start), out Vector256<double> phi, out Vector256<double> s, out Vector256<double> log);
                phi.StoreUnsafe(ref value, start);
                s.StoreUnsafe(ref slope, start);
                sum += s & isNew;
                logSum += log & isNew;
                maximum = Vector256.MaxNative(log, maximum);
            }

            return Sums(sum, logSum, maximum);
        }

        private static Slopes Few(ReadOnlySpan<double> x, Span<double> values, Span<double> slopes)
        {
            double x0 = x[0], x1 = x.Length > 1 ? x[1] : x0, x2 = x.Length > 2 ? x[2] : x0;
            T.Evaluate(Vector256.Create(x0, x1, x2, x0), out Vector256<double> phi, out Vector256<double> s, out Vector256<double> log);
            for (int i = 0; i < x.Length; i++)
            {
                values[i] = phi[i];
                slopes[i] = s[i];
            }

            Vector256<double> isNew = Vector256.LessThan(Lanes, Vector256.Create((double)x.Length));
            return Sums(s & isNew, log & isNew, log);
        }

        private static Slopes Sums(Vector256<double> sum, Vector256<double> logSum, Vector256<double> maximum)
        {
            Vector128<double> sum2 = sum.GetLower() + sum.GetUpper(), logSum2 = logSum.GetLower() + logSum.GetUpper();
            Vector128<double> maximum2 = Vector128.MaxNative(maximum.GetLower(), maximum.GetUpper());
            return new Slopes(0, sum2[0] + sum2[1], logSum2[0] + logSum2[1], double.MaxNative(maximum2[0], maximum2[1]));
        }

        private static Slopes Saturated(ReadOnlySpan<double> x, Span<double> slopes, double sum, double logSum)
        {
            double logMaximum = double.NegativeInfinity;
            foreach (double value in x)
            {
                logMaximum = Math.Max(logMaximum, T.LogSlope(value));
            }

            if (double.IsNegativeInfinity(logMaximum))
            {
                return new Slopes(0, sum, logSum, logMaximum);
            }

            for (int i = 0; i < x.Length; i++)
            {
                slopes[i] = Math.Exp(T.LogSlope(x[i]) - logMaximum);
            }

            return new Slopes(logMaximum / MathNet.Numerics.Constants.Ln2, sum, logSum, logMaximum);
        }
    }
}
