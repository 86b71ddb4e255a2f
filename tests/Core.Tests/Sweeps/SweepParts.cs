using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Networks;
using RnnSweep.Core.Networks.Gated;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Core.Tests.Sweeps;

/// <summary>Axes and plans by name and text, as in a sweep file, and their generators.</summary>
internal static class SweepParts
{
    public static SweepField Field(string name) => SweepFields.Find(name) ?? throw new ArgumentException(name);

    public static NumericField Number(string name) => (NumericField)Field(name);

    public static ListAxis List(string field, params string[] values) => new(Field(field), [.. values.Select(value => Value(field, value))]);

    public static FieldValue Value(string field, string text) =>
        Field(field).TryRead(text, out FieldValue? value, out string? problem) ? value : throw new ArgumentException(problem);

    /// <summary>A value that was read from a file: a matrix of zeros with one column, or what a sweep's plan takes for it by the contents.</summary>
    public static MatrixValue File(string field, string digest, MatrixContents? contents = null) =>
        Field(field).TryUse(digest, $"/data/{digest}", new Matrix(1000, 1), digest, out MatrixValue? value, out string? problem, contents) ? value : throw new ArgumentException(problem);

    public static MatrixValue TrainedNetwork(int units) => File("network", $"{units} units", new MatrixContents(new TrainedShape(NetworkKind.Rnn, units, Inputs: 1, Layers: 1, Directions: 1)));

    public static RangeAxis Range(string field, RangeText text)
    {
        var problems = new List<RangeProblem>();
        return RangeAxis.Read(Number(field), text, problems) ?? throw new ArgumentException(problems[0].Message);
    }

    public static RangeAxis Steps(string field, string from, string to, string step) => Range(field, new RangeText(from, to, Step: step));

    public static RangeAxis Counted(string field, string from, string to, string count) => Range(field, new RangeText(from, to, Count: count));

    public static RangeAxis Logarithmic(string field, string from, string to, string count) =>
        Range(field, new RangeText(from, to, Count: count, Scale: "log"));

    public static FieldSetting Fixed(string field, string value) => new(List(field, value), IsAxis: false);

    public static FieldSetting Fixed(FieldValue value) => new(new ListAxis(value.Field, [value]), IsAxis: false);

    public static FieldSetting Varied(Axis axis) => new(axis, IsAxis: true);

    public static SweepPlan Plan(params Axis[] axes) => SweepPlan.Of("test", [.. axes.Select(Varied)]);

    public static string[] Texts(Axis axis) => [.. Enumerable.Range(0, (int)axis.Count).Select(i => axis.Text(i))];

    /// <summary>Small plans of up to five axes in any order.</summary>
    public static Arbitrary<SweepPlan> Plans()
    {
        Gen<Axis> lengths = Gen.SubListOf("1", "7", "10", "20", "300").Where(list => list.Count > 0)
            .SelectMany(list => Gen.Shuffle(list.ToArray())).Select(list => (Axis)List("sequence_length", list));
        Gen<Axis> lengthRange = from n in Gen.Choose(1, 6)
                                from down in Gen.Elements(false, true)
                                select (Axis)(down ? Steps("sequence_length", $"{5 * n}", "5", "-5") : Steps("sequence_length", "5", $"{5 * n}", "5"));
        Gen<Axis> radii = Gen.Choose(0, 4).Select(n => (Axis)Steps("spectral_radius", "0.5", $"{0.5 + (n * 0.25):R}", "0.25"));
        Gen<Axis> seeds = Gen.Choose(1, 3).Select(n => (Axis)List("seed", [.. Enumerable.Range(9, n).Select(i => $"{i}")]));
        Gen<Axis> activations = Gen.SubListOf("tanh", "relu", "erf").Where(list => list.Count > 0)
            .Select(list => (Axis)List("activation", [.. list]));
        Gen<Axis> biases = Gen.Choose(2, 4).Select(n => (Axis)Counted("bias", "-1", "1", $"{n}"));
        return (from length in Gen.OneOf(lengths, lengthRange)
                from radius in radii
                from seed in seeds
                from activation in activations
                from bias in biases
                from some in Gen.SubListOf(length, radius, seed, activation, bias)
                from order in Gen.Shuffle(some.ToArray())
                select Plan(order)).ToArbitrary();
    }
}
