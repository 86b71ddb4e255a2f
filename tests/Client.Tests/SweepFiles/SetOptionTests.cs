using RnnSweep.Client.SweepFiles;

namespace RnnSweep.Client.Tests.SweepFiles;

public sealed class SetOptionTests
{
    [Theory]
    [InlineData("spectral_radius=0.5..0.7:0.1", "0.5 0.6 0.7")]
    [InlineData("spectral_radius= 0 .. 1 / 3 ", "0 0.5 1")]
    [InlineData("spectral_radius=log:0.01..1/3", "0.01 0.1 1")]
    [InlineData("bias=-1..1:1", "-1 0 1")]
    [InlineData("bias=-.5,.5", "-0.5 0.5")]
    [InlineData("sequence_length=10, 100", "10 100")]
    [InlineData("weights=gaussian,sparse", "gaussian sparse")]
    [InlineData("spectral_radius=[0.5, 1]", "0.5 1")]
    [InlineData("sequence_length=[10]", "10")]
    public void Lists_and_ranges_make_an_axis(string option, string values) =>
        Assert.Equal(values.Split(' '), SweepFolder.Coordinates(SweepFolder.Read(null, option), 0));

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
    [InlineData("seed=1..5", "a range must be from..to:step, from..to/count or log:from..to/count")]
    [InlineData("seed=log:5", "a range must be")]
    [InlineData("seed=..", "a range must be")]
    [InlineData("seed=../", "from has no value")]
    [InlineData("seed=1..5:0", "step must be a whole number > 0")]
    [InlineData("seed=1..5:1/2", "step must be a whole number > 0, but was 1/2")]
    [InlineData("seed=log:1..5:1", "not with a step")]
    [InlineData("seed=5..1/2", "from must be ≤ to")]
    [InlineData("seed=\"1\"", "but was \"1\"")]
    [InlineData("seed=[1,,2]", "has no value")]
    [InlineData("seed=[]", "has no value")]
    [InlineData("seed=[1..5:1]", "but was 1..5:1")]
    [InlineData("seed=[1,2", "but was [1")]
    [InlineData("activation=a..b:1", "activation must be one of")]
    [InlineData("input=a,b.npy", "a,b.npy does not exist")]
    [InlineData("weights=../no/w.npy", "../no/w.npy does not exist")]
    [InlineData("input=", "is none")]
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
