using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.SweepFiles;

/// <summary>Errors of sweep files, with their positions and messages.</summary>
public sealed class BadSweepFileTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    [Theory]
    [InlineData("spectral_raduis: 1", "1:1", "no field spectral_raduis; did you mean spectral_radius?")]
    [InlineData("seed: 1\nneurons: 3", "2:1", "no field neurons; the fields are name, description, label, hidden_size")]
    [InlineData("seed: 1\nbias: 0\nseed: 2", "3:1", "seed is given twice, first at")]
    [InlineData("hidden_size: 1.5", "1:14", "a whole number from 1 to 2147483647, but was 1.5")]
    [InlineData("hidden_size: -3", "1:14", "but was -3")]
    [InlineData("hidden_size: 1e300", "1:14", "but was 1e300")]
    [InlineData("spectral_radius: .nan", "1:18", "a finite number ≥ 1e-300, or 0, but was .nan")]
    [InlineData("spectral_radius: -.inf", "1:18", "but was -.inf")]
    [InlineData("spectral_radius: fast", "1:18", "but was fast")]
    [InlineData("spectral_radius: \"0.5\"", "1:18", "but was the text \"0.5\"; write it without quotes")]
    [InlineData("spectral_radius: [1, '2']", "1:22", "write it without quotes")]
    [InlineData("spectral_radius:", "1:17", "has no value")]
    [InlineData("spectral_radius: ~", "1:18", "has no value")]
    [InlineData("spectral_radius: []", "1:18", "is empty")]
    [InlineData("spectral_radius: [1, 2, 1.0]", "1:25", "1 is in the list twice")]
    [InlineData("spectral_radius: [1, [2]]", "1:22", "plain values, but here is a list")]
    [InlineData("bias: [0, -0]", "1:11", "0 is in the list twice")]
    [InlineData("activation: [tanh, tahn]", "1:20", "did you mean tanh?")]
    [InlineData("activation: {from: 1, to: 2}", "1:13", "but was a range")]
    [InlineData("name: [a, b]", "1:7", "but was a list")]
    [InlineData("name: ../x", "1:7", "name must be 1 to 100 letters")]
    [InlineData("statistics: [spectra]", "1:14", "statistics must be a list of norms, spectrum, lags, leading, gradient, activity, but was spectra; did you mean spectrum?")]
    [InlineData("statistics: [lags, lags]", "1:20", "lags is in the list twice")]
    [InlineData("statistics: {count: 5}", "1:13", "statistics must be a list of norms, spectrum, lags, leading, gradient, activity, but was a range")]
    [InlineData("statistics: [lags]\nlags: [1, 2]", "2:7", "lags must be all, or { count: n } with a whole number n ≥ 2, but was a list")]
    [InlineData("statistics: [lags]\nlags: {count: 1}", "2:15", "but was 1")]
    [InlineData("statistics: [lags]\nlags: {cuont: 5}", "2:7", "but these braces hold cuont")]
    [InlineData("statistics: [lags]\nlags: {}", "2:7", "but these braces hold nothing")]
    [InlineData("lags: {count: 5}", "1:7", "lags: { count: n } needs lags in statistics")]
    [InlineData("statistics: [leading]\nleading: 65", "2:10", "leading must be at most 64, the length of the state, but was 65")]
    [InlineData("statistics: [leading]\nhidden_size: [4, 8]\nleading: [2, 5]", "3:10", "leading must be at most 4, the length of the shortest state, but was 5")]
    [InlineData("loss: every", "1:7", "loss needs gradient in statistics: nothing else depends on it")]
    [InlineData("statistics: [gradient]\nloss: all", "2:7", "loss must be one of last, every, but was all")]
    [InlineData("leading: 4", "1:10", "leading: k needs leading in statistics")]
    [InlineData("statistics: [leading]\nleading: 0", "2:10", "leading must be a whole number from 1 to 2147483647, but was 0")]
    [InlineData("statistics: [lags]\nframe_transient: [0, 1]", "2:18", "frame_transient needs spectrum or leading in statistics")]
    [InlineData("statistics: [spectrum]\ntransient: 2147483647\nframe_transient: 1", "3:18", "transient + frame_transient must be at most 2147483647 steps")]
    [InlineData("statistics: []", "1:13", "is empty")]
    [InlineData("weights: low-rank\nnetwork: lstm", "1:10", "weights: low-rank needs network: rnn, but network is or takes lstm")]
    [InlineData("weights: low-rank\nrank: 0", "2:7", "rank must be a whole number from 1 to 2147483647, but was 0")]
    [InlineData("rank: 2", "1:7", "rank has no effect without weights: low-rank, but weights is gaussian by default; leave rank out, or set weights: low-rank")]
    [InlineData("tied: no", "1:7", "tied must be true or false, but was no")]
    [InlineData("tied: false", "1:7", "tied: false needs scaling: expected, because the product depends on no single radius, but scaling is by default exact")]
    [InlineData("scaling: expected\ntied: [true, false]\nweights: [gaussian, sparse]", "2:7", "tied: false needs dense weights that are drawn, as gaussian, but weights is or takes sparse")]
    [InlineData("scaling: expected\ntied: false\nnetwork: gru", "2:7", "tied: false needs network: rnn, but network is or takes gru")]
    [InlineData("scaling: expected\ntied: false\nstatistics: [gradient]", "2:7", "tied: false needs statistics without gradient")]
    [InlineData("scaling: expected\ntied: false\nleak: 0.5", "2:7", "tied: false needs leak: 1, but leak is or takes 0.5")]
    [InlineData("scaling: expected\ntied: false\njacobian: as-printed", "2:7", "tied: false needs jacobian: exact, but jacobian is or takes as-printed")]
    [InlineData("seed: {from: 1, to: 5, stop: 1}", "1:24", "no stop, but one of from, to, step, count, scale, locate, to_within; did you mean step?")]
    [InlineData("seed: {from: 1, from: 2, to: 5, step: 1}", "1:17", "from is given twice")]
    [InlineData("seed: {from: 1, to: [5], step: 1}", "1:17", "to of a range must be a single value, but was a list")]
    [InlineData("seed: {from: 1, to: '5', step: 1}", "1:17", "write it without quotes")]
    [InlineData("seed: {from: 1, to: , step: 1}", "1:17", "to has no value")]
    [InlineData("seed: {from: 5, to: 1, step: 1}", "1:30", "step must be a whole number < 0 where from is above to, but was 1")]
    [InlineData("bias: {from: 0, to: 1, step: -0.5}", "1:30", "step must be a finite number > 0 where from is below to, but was -0.5")]
    [InlineData("seed: {from: 5, to: 0, count: 2, scale: log}", "1:21", "a log range needs ends > 0, but to was 0")]
    [InlineData("seed: 1\nbias: {from:0, to: 1, step: 1}", "2:8", "a space is missing after the colon: from: 0")]
    [InlineData("bias: {from: 0, to: 1, locate: lyapunov_max_slope = 0}", "1:32", "bias: locate needs to_within")]
    [InlineData("bias: {from: 0, to: 1, to_within: 0.1}", "1:35", "bias: to_within needs locate")]
    [InlineData("bias: {from: 0, to: 1, locate: 3, to_within: 0.1}", "1:32", "locate must be column = number with a column of replicates.csv or summary.csv")]
    [InlineData("bias: {from: 0, to: 1, locate: bias = 3, to_within: '0.1'}", "1:42", "to_within must be a number, but was the text")]
    [InlineData("seed: 1\nbias: {from: 0, to: 1, locate: lyapunov_slope = 3, to_within: 0.1}", "2:7", "but was lyapunov_slope; did you mean lyapunov_max_slope?")]
    [InlineData("bias: {from: 1, to: 0, locate: lyapunov_max_slope = 0, to_within: 0.1}", "1:7", "must ascend, with 2 to 1001 points to start from, but has 9 from 1 to 0")]
    [InlineData("bias: {from: 0, to: 1, count: 2000, locate: lyapunov_max_slope = 0, to_within: 0.1}", "1:7", "but has 2000 from 0 to 1")]
    [InlineData("bias: {from: 0, to: 0, locate: lyapunov_max_slope = 0, to_within: 0.1}", "1:7", "count must be 1 where from equals to")]
    [InlineData("bias: {from: 0, to: 1, locate: lyapunov_max_slope = 0, to_within: -1}", "1:67", "to_within must be a finite number > 0 and ≥ 1E-12, but was -1")]
    [InlineData("sequence_length: {from: 1, to: 10, locate: outcome = vanishing, to_within: 1}", "1:18", "sequence_length cannot have a locate")]
    [InlineData("bias: 0...1:0.5", "1:7", "two dots between its ends, not 3: 0..1:0.5 or 0..0.1:0.5, but was 0...1:0.5")]
    [InlineData("bias: 0..1", "1:7", "a range must be 0..1:step or 0..1/count, but was 0..1")]
    [InlineData("bias: log:1..", "1:7", "a range must be from..to:step")]
    [InlineData("bias: 1..2..3:1", "1:7", "but was 2..3")]
    [InlineData("bias: [0, 0..1:0.5]", "1:11", "plain values, but here is the range 0..1:0.5; write it without brackets")]
    [InlineData("bias: 0,5", "1:7", "but was 0,5; a list is written [0, 5], a decimal number 0.5")]
    [InlineData("bias: 1:2", "1:7", "but was 1:2; a range is written from..to:step")]
    [InlineData("bias: 1_000", "1:7", "but was 1_000")]
    [InlineData("bias: 0x10", "1:7", "but was 0x10")]
    [InlineData("activation: 0..1:0.5", "1:13", "activation must be one of")]
    [InlineData("seed: 1\ndensity: 0.3", "2:10", "density has no effect without weights: sparse")]
    [InlineData("input_size: 3\ninput_scale: 0", "1:13", "input_size has no effect without an input_scale > 0")]
    [InlineData("seed: 1\nbias: 2\n\ttransient: 3", "3:1", "a tab is used for indentation, which YAML does not allow; use spaces")]
    [InlineData("seed: 1\r\nbias: 2\r\n\ttransient: 3\r\n", "3:1", "a tab is used")]
    [InlineData("spectral_radius:\n  from: 0\n \tto: 1", "3:2", "a tab is used")]
    [InlineData("spectral_radius:\n\tfrom: 0\n\tto: 1\n\tstep: 1", "2:1", "a tab is used")]
    [InlineData("seed: [1,\n\t2]\nbias:\n\t- 1", "4:1", "a tab is used")]
    [InlineData("# é\nseed:\n\t- 1", "3:1", "a tab is used")]
    [InlineData("\tseed: 1\nbias: 2", "1:1", "a tab is used")]
    [InlineData("seed: 1\nbias: [1,\n\t2\nlags: all", "2:9", "is a bracket or a quote left open?")]
    [InlineData("seed: 1\nbias: \"1", "2:7", "not readable as YAML")]
    [InlineData("seed: 1\nbias 2\nlags: all", "2:1", "not readable as YAML")]
    [InlineData("seed: 1\n<<: {bias: 2}", "2:1", "merge keys are not used in sweep files")]
    [InlineData("seed: {from: 1, to: 5, step: 0}", "1:30", "step must be a whole number > 0")]
    [InlineData("seed: {from: 1, to: 5}", "1:7", "a range needs a step or a count")]
    [InlineData("seed: {from: 1, step: 5}", "1:7", "a range needs to")]
    [InlineData("seed: {from: 1, to: 5, step: 1, count: 5}", "1:40", "not both")]
    [InlineData("seed: {from: 0, to: 5, count: 2, scale: log}", "1:14", "a log range needs ends > 0")]
    [InlineData("bias: {from: 0, to: 1, step: 1e-12}", "1:30", "at most 10000000 values, but this step makes about 1e+12")]
    [InlineData("seed: {from: 1, to: 10000000, step: 1}\ntransient: {from: 1, to: 1000, step: 1}", "1:7", "has 10000000000 (10000000 × 1000)")]
    [InlineData("state: post-activation\njacobian: as-printed", "2:11", "needs state: pre-activation")]
    [InlineData("jacobian: [exact, as-printed]\nstate: [pre-activation, post-activation]", "1:11", "needs state: pre-activation")]
    [InlineData("weights: nowhere.npy", "1:10", "nowhere.npy does not exist")]
    [InlineData("weights: [gaussian, \"no\\0where.npy\"]", "1:21", "expected the path of a .npy or .safetensors file")]
    [InlineData("weights: w.npy#a", "1:10", "w.npy holds one matrix without a name; leave out #a")]
    [InlineData("weights: w.npz", "1:10", "or a path ending in .npy or .safetensors#tensor, but was w.npz")]
    [InlineData("a: &x 1", "1:4", "anchors are not used in sweep files")]
    [InlineData("seed: *x", "1:7", "aliases are not used in sweep files")]
    [InlineData("seed: !!int 3", "1:7", "tags are not used in sweep files")]
    [InlineData("[seed]: 3", "1:1", "a name is wanted before the colon")]
    [InlineData("seed: 1\n---\nseed: 2", "2:1", "a second document")]
    [InlineData("- seed", "1:1", "but this is a list")]
    [InlineData("seed", "1:1", "but this is a single value")]
    [InlineData("seed: [1, 2", "1:12", "not readable as YAML")]
    [InlineData("seed: 1\n  bias: 2", "2:7", "not readable as YAML")]
    [InlineData("seed: {from: 1\nbias: 2", "1:12", "is a bracket or a quote left open?")]
    [InlineData("seed: @", "1:7", "not readable as YAML")]
    [InlineData("seed: [[[[[[1]]]]]]", "1:10", "nested too deeply")]
    [InlineData("seed: \u0000", "1:7", "UTF-8 text, but here is the byte 0x00")]
    [InlineData("bias: 1 # é\u001b", "1:12", "byte 0x1b")]
    public void A_problem_is_reported_at_its_place(string text, string place, string message) =>
        Assert.Contains(
            SweepFolder.Problems(folder.Write("bad.yaml", text)),
            line => line.StartsWith(place + ": ", StringComparison.Ordinal) && line.Contains(message, StringComparison.Ordinal));

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("# a comment\n")]
    [InlineData("---\n")]
    [InlineData("\ufeff")]
    public void An_empty_file_is_refused(string text) =>
        Assert.Contains("the file is empty", Assert.Single(SweepFolder.Problems(folder.Write("empty.yaml", text))), StringComparison.Ordinal);

    [Theory]
    [InlineData("seed:\t1")]
    [InlineData("seed: 1\t# a comment")]
    [InlineData("seed: [1,\n\t2]")]
    [InlineData("{\n\t\"seed\": 1\n}")]
    [InlineData("\t{\"seed\": 1}")]
    public void A_tab_that_indents_nothing_is_allowed(string text) =>
        Assert.Empty(SweepFolder.Problems(folder.Write("tabs.yaml", text)));

    [Fact]
    public void All_problems_are_reported_at_once_in_their_order()
    {
        string path = folder.Write("many.yaml", "jacobian: as-printed\nhiden_size: 3\nseed: -1\nstate: post-activation\nbias: [1, x, 1]\n");
        Assert.Equal(["1:11", "2:1", "3:7", "5:11", "5:14", "--set density=7", "--set nonsense"], SweepFolder.Problems(path, "density=7", "nonsense")
            .Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Fact]
    public void A_long_list_of_problems_is_truncated()
    {
        string[] problems = SweepFolder.Problems(folder.Write("endless.yaml", string.Concat(Enumerable.Range(0, 5000).Select(i => $"wrong_{i}: 1\n"))));
        Assert.InRange(problems.Length, 50, 101);
    }

    [Fact]
    public void An_incomplete_range_is_not_validated() =>
        Assert.StartsWith("1:12: not readable as YAML", Assert.Single(SweepFolder.Problems(folder.Write("open.yaml", "seed: {from: 1\nbias: 2"))), StringComparison.Ordinal);

    [Fact]
    public void A_list_too_long_to_be_written_by_hand_is_refused()
    {
        string[] List(int length) => SweepFolder.Problems(folder.Write("long.yaml", $"seed: [{string.Join(',', Enumerable.Range(0, length))}]"));
        Assert.Empty(List(49_000));
        Assert.Contains("better given as a range", Assert.Single(List(51_000)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_not_a_file_is_reported()
    {
        string missing = Path.Combine(folder.Path, "missing.yaml");
        Assert.StartsWith(" there is no such file", Assert.Single(SweepFolder.Problems(missing)), StringComparison.Ordinal);
        Assert.StartsWith(" there is no such file", Assert.Single(SweepFolder.Problems(Path.Combine(missing, "deeper.yaml"))), StringComparison.Ordinal);
        Assert.Equal([" is a folder, but a sweep file is wanted"], SweepFolder.Problems(folder.Path));
        Assert.Single(SweepFolder.Problems(""));
        Assert.Single(SweepFolder.Problems("a\0b"));
    }

    [SkippableFact]
    public void An_unreadable_file_is_reported()
    {
        Skip.If(Environment.UserName == "root", "rights do not hold back this user");
        string path = folder.Write("secret.yaml", "seed: 1");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(path, UnixFileMode.None);
        Assert.Equal([" may not be read: permission denied"], SweepFolder.Problems(path));
    }

    [Fact]
    public void A_file_that_is_not_text_is_reported()
    {
        Assert.StartsWith("2:4: ", Assert.Single(SweepFolder.Problems(folder.Write("latin.yaml", [.. "é: 1\n# é"u8, 0xe9, (byte)'\n']))), StringComparison.Ordinal);
        Assert.Contains("1 MiB", Assert.Single(SweepFolder.Problems(folder.Write("large.yaml", new byte[(1 << 20) + 1]))), StringComparison.Ordinal);
    }
}
