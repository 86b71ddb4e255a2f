using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.Experiments;
using RnnSweep.Core.Sweeps;
using static RnnSweep.Core.Tests.Sweeps.SweepParts;

namespace RnnSweep.Core.Tests.Sweeps;

public sealed class AxisTests
{
    private static double ValueOf(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [Fact]
    public void A_tenth_and_two_tenths_are_three_tenths() => Assert.Equal(["0.1", "0.2", "0.3"], Texts(Steps("bias", "0.1", "0.3", "0.1")));

    /// <summary>Some computed values are cached: each must be the value of its index, also on an axis with many more values than the cache holds.</summary>
    [Fact]
    public void A_value_does_not_depend_on_the_order_or_number_of_reads()
    {
        RangeAxis axis = Steps("seed", "0", "99999", "1");
        long[] jumps = [0, 16384, 32768, 0, 1, 255, 256, 16640, 256, 99_999, 16_383, 99_999 - 16_384, 99_999];
        Assert.Equal(jumps.Select(index => $"{index}"), jumps.Select(axis.Text));
        Assert.Equal(Enumerable.Range(0, 100_000).Select(index => $"{index}"), Texts(axis));
        Assert.Equal(Enumerable.Range(0, 100_000).Reverse().Select(index => $"{index}"), Enumerable.Range(0, 100_000).Reverse().Select(index => axis.Text(index)));
    }

    /// <summary>Compared with integer arithmetic: (a ± i·b) / 10^digits, written out. The last value need not be the end.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Steps_are_decimal_sums_and_differences(int sign)
    {
        var cases = from a in Gen.Choose(-100_000, 100_000)
                    from b in Gen.Choose(1, 5_000)
                    from count in Gen.Choose(1, 200)
                    from rest in Gen.Choose(0, b - 1)
                    from digits in Gen.Choose(0, 9)
                    select (a, b, count, rest, digits);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            string Written(long numerator) => $"{numerator}e-{c.digits}";
            long step = sign * c.b, last = c.a + ((c.count - 1) * step);
            RangeAxis axis = Steps("bias", Written(c.a), Written(last + (sign * c.rest)), Written(step));
            return axis.Count == c.count
                && Texts(axis).Select((text, i) => text == CanonicalText.Of(ValueOf(Written(c.a + (i * step))))).All(same => same);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_descending_range_is_the_ascending_one_in_reverse_order()
    {
        var cases = from a in Gen.Choose(1, 10_000)
                    from step in Gen.Choose(1, 500)
                    from exponent in Gen.Elements(-30, -5, -1, 0, 25)
                    from count in Gen.Choose(2, 30)
                    from kind in Gen.Choose(0, 2)
                    from field in Gen.Elements("spectral_radius", "seed")
                    select (a, step, exponent: field == "seed" ? 0 : exponent, count, kind, field);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            // Decimals, because the grid then reaches both ends exactly: 0.1 · 483 in doubles is 48.300000000000004.
            string Written(long numerator) => $"{numerator}e{c.exponent}";
            (string low, string high) = (Written(c.a), Written(c.a + (c.step * (c.count - 1L))));
            (string rise, string count) = (Written(c.step), $"{c.count}");
            string? scale = c.kind == 2 ? "log" : null;
            var upwards = c.kind == 0 ? new RangeText(low, high, Step: rise) : new RangeText(low, high, Count: count, Scale: scale);
            var downwards = c.kind == 0 ? new RangeText(high, low, Step: "-" + rise) : new RangeText(high, low, Count: count, Scale: scale);
            var problems = new List<RangeProblem>();
            RangeAxis? up = RangeAxis.Read(Number(c.field), upwards, problems), down = RangeAxis.Read(Number(c.field), downwards, problems);
            if (up is null || down is null)
            {
                return up is null && down is null && problems.Count == 2; // the range is too fine for whole numbers
            }

            return down.IsDescending && down.Range == Range(c.field, down.Range).Range && Texts(down).Reverse().SequenceEqual(Texts(up));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("1", "0", "-0.25", "1 0.75 0.5 0.25 0")]
    [InlineData("0.3", "-0.3", "-0.1", "0.3 0.2 0.1 0 -0.1 -0.2 -0.3")]
    [InlineData("1", "0", "-0.3", "1 0.7 0.4 0.1")]
    [InlineData("3e-30", "1e-30", "-1e-30", "3e-30 2e-30 1e-30")]
    [InlineData("5e300", "1e300", "-1.5e300", "5e+300 3.5e+300 2e+300")]
    [InlineData("1", "1", "-1", "1")]
    public void Descending_steps_begin_at_from(string from, string to, string step, string values) =>
        Assert.Equal(values.Split(' ').Select(ValueOf), Texts(Steps("bias", from, to, step)).Select(ValueOf));

    [Fact]
    public void A_descending_log_range_hits_each_decade() =>
        Assert.Equal(["1000", "100", "10", "1", "0.1", "0.01"], Texts(Logarithmic("spectral_radius", "1000", "0.01", "6")));

    [Fact]
    public void Values_of_every_range_ascend_between_its_ends_and_read_back()
    {
        Gen<double> ends = Gen.OneOf(
            Gen.Choose(-1000, 1000).Select(n => n / 8.0),
            ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite),
            Gen.Choose(-300, 300).Select(n => Math.Pow(10, n)));
        var cases = from a in ends
                    from b in ends
                    from count in Gen.Choose(2, 40)
                    from kind in Gen.Choose(0, 2)
                    where a != b
                    select (low: Math.Min(a, b), high: Math.Max(a, b), count, kind);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            string from = CanonicalText.Of(c.low), to = CanonicalText.Of(c.high), count = $"{c.count}";
            double step = (c.high / (c.count - 1)) - (c.low / (c.count - 1));
            var text = c.kind switch
            {
                0 => new RangeText(from, to, Step: CanonicalText.Of(step)),
                1 => new RangeText(from, to, Count: count),
                _ => new RangeText(from, to, Count: count, Scale: "log"),
            };
            var problems = new List<RangeProblem>();
            if (RangeAxis.Read(Number("bias"), text, problems) is not { } axis)
            {
                return problems.Count > 0;
            }

            double[] values = [.. Texts(axis).Select(ValueOf)];
            bool ascends = values.Zip(values.Skip(1)).All(pair => pair.First < pair.Second);
            bool fits = values[0] == c.low && values[^1] <= c.high && (c.kind == 0 || (values[^1] == c.high && values.Length == c.count));
            bool isCanonical = Texts(axis).All(value => CanonicalText.Of(ValueOf(value)) == value);
            bool isSet = Enumerable.Range(0, values.Length).All(i => axis.Value(i).Number.Equals(values[i]) && axis.Value(i).Apply(new CellSpec()).Bias.Equals(values[i]));
            return ascends && fits && isCanonical && isSet;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_range_read_from_its_own_text_is_the_same_range()
    {
        var cases = from a in Gen.Choose(1, 10_000)
                    from width in Gen.Choose(1, 10_000)
                    from scale in Gen.Elements(1e-30, 1e-5, 1, 1e25)
                    from count in Gen.Choose(2, 30)
                    from kind in Gen.Choose(0, 2)
                    select (low: CanonicalText.Of(a * scale), high: CanonicalText.Of((a + width) * scale), step: CanonicalText.Of(width * scale / count), count, kind);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            RangeAxis axis = c.kind switch
            {
                0 => Steps("spectral_radius", c.low, c.high, c.step),
                1 => Counted("spectral_radius", c.low, c.high, $"{c.count}"),
                _ => Logarithmic("spectral_radius", c.low, c.high, $"{c.count}"),
            };
            RangeAxis again = Range("spectral_radius", axis.Range);
            return axis.Range == again.Range && Texts(axis).SequenceEqual(Texts(again));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("1e-300", "1e300", 601, 1)]
    [InlineData("0.001", "1000", 7, 1)]
    [InlineData("3e-8", "3e8", 17, 3)]
    public void A_log_range_over_decades_hits_each(string from, string to, int count, int mantissa)
    {
        int first = (int)Math.Floor(Math.Log10(ValueOf(from)) + 1e-9);
        Assert.Equal(
            Enumerable.Range(first, count).Select(exponent => CanonicalText.Of(ValueOf($"{mantissa}e{exponent}"))),
            Texts(Logarithmic("spectral_radius", from, to, $"{count}")));
    }

    [Fact]
    public void A_log_range_of_whole_numbers_hits_the_powers_of_two() =>
        Assert.Equal(["2", "4", "8", "16", "32", "64"], Texts(Logarithmic("hidden_size", "2", "64", "6")));

    [Fact]
    public void A_counted_range_divides_evenly() =>
        Assert.Equal(["-0.3", "-0.2", "-0.1", "0", "0.1", "0.2", "0.3"], Texts(Counted("bias", "-0.3", "0.3", "7")));

    [Fact]
    public void Whole_numbers_of_a_counted_range_are_the_nearest() =>
        Assert.Equal(["1", "4", "7", "10"], Texts(Counted("hidden_size", "1", "10", "4")));

    [Fact]
    public void A_range_of_whole_numbers_is_refused_exactly_if_neighbours_coincide()
    {
        var cases = from a in Gen.Choose(1, 60)
                    from width in Gen.Choose(1, 400)
                    from count in Gen.Choose(2, 80)
                    from log in Gen.Elements(true, false)
                    select (a, b: a + width, count, log);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var text = new RangeText($"{c.a}", $"{c.b}", Count: $"{c.count}", Scale: c.log ? "log" : null);
            bool accepted = RangeAxis.Read(Number("hidden_size"), text, []) is not null;
            double[] exact = [.. Enumerable.Range(0, c.count).Select(i => i / (double)(c.count - 1))
                .Select(t => c.log ? Math.Pow(c.a, 1 - t) * Math.Pow(c.b, t) : c.a + (t * (c.b - c.a)))];
            bool nearTie = exact.Any(value => Math.Abs(value - Math.Floor(value) - 0.5) < 1e-9);
            return nearTie || accepted == (exact.Select(value => Math.Round(value)).Distinct().Count() == c.count);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Seeds_span_all_64_bits()
    {
        Assert.Equal(["18446744073709551614", "18446744073709551615"], Texts(Steps("seed", "18446744073709551614", "18446744073709551615", "1")));
        var half = (BigInteger)ulong.MaxValue / 2;
        Assert.Equal($"{half + 1}", Counted("seed", "0", "18446744073709551615", "3").Text(1));
    }

    [Fact]
    public void Minus_zero_is_zero()
    {
        Assert.Equal("0", Value("bias", "-0").Text);
        Assert.False(double.IsNegative(Value("bias", "-0.0").Apply(new CellSpec()).Bias));
        Assert.Throws<ArgumentException>(() => List("bias", "0", "-0"));
    }

    [Theory]
    [InlineData("1", "2", null, null, null, null, "needs a step or a count")]
    [InlineData("1", "2", "1", "2", null, "count", "not both")]
    [InlineData(null, "2", "1", null, null, null, "needs from")]
    [InlineData("1", null, "1", null, null, null, "needs to")]
    [InlineData("2", "1", "1", null, null, "step", "a finite number < 0 where from is above to, but was 1")]
    [InlineData("2", "1", "0", null, null, "step", "a finite number < 0 where from is above to, but was 0")]
    [InlineData("1", "1", "0", null, null, "step", "a finite number other than 0, but was 0")]
    [InlineData("2", "1", "-1e-9", null, null, "step", "1e+09")]
    [InlineData("2", "1", null, "1", null, "count", "at least 2")]
    [InlineData("2", "0", null, "3", "log", "to", "but to was 0")]
    [InlineData("1.000000000000001", "1", "-1e-18", null, null, "step", "same number")]
    [InlineData("1.000000000000001", "1", null, "50", null, "count", "same number")]
    [InlineData("1.000000000000001", "1", null, "50", "log", "count", "same number")]
    [InlineData("1", "2", "0", null, null, "step", "> 0, but was 0")]
    [InlineData("1", "2", "-1", null, null, "step", "a finite number > 0 where from is below to, but was -1")]
    [InlineData("1", "2", "nan", null, null, "step", "but was nan")]
    [InlineData("1", "2", "x", null, null, "step", "but was x")]
    [InlineData("1", "2", null, "0", null, "count", "but was 0")]
    [InlineData("1", "2", null, "2.5", null, "count", "but was 2.5")]
    [InlineData("1", "2", null, "1", null, "count", "at least 2")]
    [InlineData("1", "1", null, "2", null, "count", "must be 1")]
    [InlineData("1", "2", null, "10000001", null, "count", "10000000")]
    [InlineData("0", "1", "1e-9", null, null, "step", "1e+09")]
    [InlineData("0", "1", "1e-300", null, null, "step", "10000000")]
    [InlineData("0", "1e300", "1e-300", null, null, "step", "10000000")]
    [InlineData("0", "1", null, "3", "log", "from", "but from was 0")]
    [InlineData("1", "2", null, "3", "cubic", "scale", "one of linear, log")]
    [InlineData("1", "2", "1", null, "log", "scale", "instead of a step")]
    [InlineData("inf", "2", "1", null, null, "from", "but was inf")]
    [InlineData("-1", "2", "1", null, null, "from", "≥ 1e-300, or 0, but was -1")]
    [InlineData("1", "1.000000000000001", "1e-18", null, null, "step", "same number")]
    [InlineData("1", "1.000000000000001", null, "50", null, "count", "same number")]
    [InlineData("1", "1.000000000000001", null, "50", "log", "count", "same number")]
    [InlineData("1", "1.00000000000005", null, "8", null, "count", "same number")] // different doubles, but equal to 15 digits
    public void A_wrong_range_names_the_wrong_part(string? from, string? to, string? step, string? count, string? scale, string? part, string message)
    {
        var problems = new List<RangeProblem>();
        Assert.Null(RangeAxis.Read(Number("spectral_radius"), new RangeText(from, to, step, count, scale), problems));
        Assert.Equal(part, problems[0].Part);
        Assert.Contains(message, problems[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", "5", "0.5", null, "step", "but was 0.5")]
    [InlineData("1.5", "5", "1", null, "from", "but was 1.5")]
    [InlineData("1", "2147483648", "1e6", null, "to", "but was 2147483648")]
    [InlineData("1", "3", null, "4", "count", "same number")]
    [InlineData("3", "1", null, "4", "count", "same number")]
    [InlineData("5", "1", "-0.5", null, "step", "a whole number < 0 where from is above to, but was -0.5")]
    [InlineData("5", "1", "1", null, "step", "a whole number < 0 where from is above to, but was 1")]
    public void A_wrong_range_of_whole_numbers_names_the_wrong_part(string from, string to, string? step, string? count, string part, string message)
    {
        var problems = new List<RangeProblem>();
        Assert.Null(RangeAxis.Read(Number("hidden_size"), new RangeText(from, to, step, count), problems));
        Assert.Equal(part, problems[0].Part);
        Assert.Contains(message, problems[0].Message, StringComparison.Ordinal);
    }
}
