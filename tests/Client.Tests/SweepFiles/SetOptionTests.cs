using RnnSweep.Client.SweepFiles;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.SweepFiles;

public sealed class SetOptionTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    [Theory]
    [InlineData("spectral_radius=0.5..0.7:0.1", "0.5 0.6 0.7")]
    [InlineData("spectral_radius= 0 .. 1 / 3 ", "0 0.5 1")]
    [InlineData("spectral_radius=log:0.01..1/3", "0.01 0.1 1")]
    [InlineData("bias=-1..1:1", "-1 0 1")]
    [InlineData("bias=-1..-.5:.25", "-1 -0.75 -0.5")]
    [InlineData("bias=.5..1.:.25", "0.5 0.75 1")]
    [InlineData("bias=1..0:-0.25", "1 0.75 0.5 0.25 0")]
    [InlineData("bias=1..0/3", "1 0.5 0")]
    [InlineData("spectral_radius=log:1..0.01/3", "1 0.1 0.01")]
    [InlineData("sequence_length=30..10:-10", "30 20 10")]
    [InlineData("bias={from: 0, to: 1, step: 0.5}", "0 0.5 1")]
    [InlineData("bias={ to: 0, from: 1, step: -0.5 }", "1 0.5 0")]
    [InlineData("spectral_radius={\"from\": 1, \"to\": 0.01, \"count\": 3, \"scale\": \"log\"}", "1 0.1 0.01")]
    [InlineData("bias=+1,1.e1", "1 10")]
    [InlineData("bias=-.5,.5", "-0.5 0.5")]
    [InlineData("sequence_length=10, 100", "10 100")]
    [InlineData("weights=gaussian,sparse", "gaussian sparse")]
    [InlineData("spectral_radius=[0.5, 1]", "0.5 1")]
    [InlineData("sequence_length=[10]", "10")]
    public void Lists_and_ranges_make_an_axis(string option, string values) =>
        Assert.Equal(values.Split(' '), SweepFolder.Coordinates(SweepFolder.Read(null, option), 0));

    [Theory]
    [InlineData("0..1:0.25")]
    [InlineData("1..0:-0.25")]
    [InlineData("1..-1/7")]
    [InlineData("log:1..0.001/5")]
    [InlineData("{from: 0, to: 1, step: 0.25}")]
    [InlineData("{from: 1, to: 0.001, count: 5, scale: log}")]
    public void A_range_means_the_same_in_a_file_and_in_an_option(string range)
    {
        string[] expected = SweepFolder.Coordinates(SweepFolder.Read(null, $"bias={range}"), 0);
        Assert.True(expected.Length >= 5);
        Assert.Equal(expected, SweepFolder.Coordinates(SweepFolder.Read(folder.Write("range.yaml", $"bias: {range}")), 0));
        if (!range.StartsWith('{'))
        {
            Assert.Equal(expected, SweepFolder.Coordinates(SweepFolder.Read(folder.Write("range.json", $"{{\"bias\": \"{range}\"}}")), 0));
        }
    }

    [Fact]
    public void A_single_value_makes_no_axis()
    {
        ResolvedSweep sweep = SweepFolder.Read(null, "spectral_radius=1e-3", "name=a-b", "statistics=norms", "state=post-activation");
        Assert.Empty(sweep.Plan.Axes);
        Assert.Equal(("a-b", 0.001), (sweep.Name, sweep.Plan.Fixed.SpectralRadius));
    }

    [Theory]
    [InlineData("seed", "must be of the form field=value")]
    [InlineData("=1", "must be of the form field=value")]
    [InlineData("sed=1", "no field sed; did you mean seed?")]
    [InlineData("seed=", "has no value")]
    [InlineData("seed=1,,2", "has no value")]
    [InlineData("seed=1,1", "1 is in the list twice")]
    [InlineData("seed=1..5", "a range must be 1..5:step or 1..5/count, but was 1..5")]
    [InlineData("seed=1..2..3", "a range must be from..to:step, from..to/count or log:from..to/count, but was 1..2..3")]
    [InlineData("seed=log:1..5", "a range must be log:1..5/count, but was log:1..5")]
    [InlineData("seed=log:1/5/3", "a range must be log:1..5/3")]
    [InlineData("seed=log:1..", "a range must be from..to:step")]
    [InlineData("bias=0...1:0.5", "a range has two dots between its ends, not 3: 0..1:0.5 or 0..0.1:0.5, but was 0...1:0.5")]
    [InlineData("bias=0....5:1", "two dots between its ends, not 4")]
    [InlineData("bias=0...-1:1", "two dots between its ends, not 3: 0..-1:1, but was")]
    [InlineData("bias=log:1...5/3", "two dots between its ends, not 3: log:1..5/3 or log:1..0.5/3, but was")]
    [InlineData("bias=0...", "two dots between its ends, not 3")]
    [InlineData("bias=..1:0.1", "from has no value")]
    [InlineData("bias=0..1:", "step has no value")]
    [InlineData("bias=1e..3:1", "but was 1e")]
    [InlineData("bias=0..0,5:0.1", "but was 0,5")]
    [InlineData("bias=0..1:0.5,2", "but was 0.5,2")]
    [InlineData("bias=1:2", "but was 1:2; a range is written from..to:step")]
    [InlineData("bias=1_000", "but was 1_000")]
    [InlineData("bias=0x10", "but was 0x10")]
    [InlineData("bias=inf", "but was inf")]
    [InlineData("bias=0..nan:1", "but was nan")]
    [InlineData("bias={from: 0, to: 1}", "a range needs a step or a count")]
    [InlineData("bias={from:0,to:1,step:0.5}", "a space is missing after the colon: from: 0")]
    [InlineData("bias={from: 0, to: 1", "not readable as YAML")]
    [InlineData("bias={from: 0, to: 1, step: 1} x", "not readable as YAML")]
    [InlineData("bias={from: !!int 0, to: 1, step: 1}", "tags are not used")]
    [InlineData("bias=1..0:0.25", "step must be a finite number < 0 where from is above to, but was 0.25")]
    [InlineData("density=0.3", "density has no effect without weights: sparse")]
    [InlineData("seed=log:5", "a range must be")]
    [InlineData("seed=..", "a range must be")]
    [InlineData("weights=w.npy#", "w.npy holds one matrix without a name")]
    [InlineData("seed=../", "from has no value")]
    [InlineData("seed=1..5:0", "step must be a whole number > 0")]
    [InlineData("seed=1..5:1/2", "step must be a whole number > 0, but was 1/2")]
    [InlineData("seed=log:1..5:1", "a log range has a count, not a step: log:1..5/count, but was log:1..5:1")]
    [InlineData("seed=\"1\"", "but was \"1\"")]
    [InlineData("seed=[1,,2]", "has no value")]
    [InlineData("seed=[]", "has no value")]
    [InlineData("seed=[1..5:1]", "here is the range 1..5:1; write it without brackets")]
    [InlineData("seed=[1,2", "but was [1")]
    [InlineData("activation=a..b:1", "activation must be one of")]
    [InlineData("input=a,b.npy", "a,b.npy does not exist")]
    [InlineData("weights=../no/w.npy", "../no/w.npy does not exist")]
    [InlineData("input=", "expected the path of a .npy or .safetensors file")]
    [InlineData("name=\u001b[31m", "\\u001b[31m")]
    public void A_problem_names_the_option(string option, string message)
    {
        string[] problems = SweepFolder.Problems(null, option);
        Assert.StartsWith(option.Contains('\u001b') ? "--set name=" : $"--set {option}: ", problems[0], StringComparison.Ordinal);
        Assert.Contains(message, problems[0], StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', problems[0]);
    }

    [Fact]
    public void A_field_is_set_once() =>
        Assert.Equal(["--set seed=2: seed is set twice"], SweepFolder.Problems(null, "seed=1", "seed=2"));
}
