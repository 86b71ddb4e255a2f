using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RnnSweep.Client.Tests.Processes;
using RnnSweep.Core.Experiments;

namespace RnnSweep.Client.Tests.SweepFiles;

/// <summary>Any bytes give a sweep or problems, and never an exception or a hang.</summary>
public sealed class SweepFileFuzzTests(SweepFolder folder) : IClassFixture<SweepFolder>
{
    private static readonly string[] Tokens =
    [
        ": ", "- ", "? ", "\n", "\n  ", "[", "]", "{", "}", ",", "&a ", "*a", "!t ", "!!int ", "|\n", ">-\n", "'", "\"", "#", " #", "%YAML 1.1\n",
        "---\n", "...\n", "\t", "@", "`", "\\x", "<<", "~", ".nan", "1e999", "-0", "from", "to: ", "step", "count: 3", "scale: log", "seed", "bias: ",
        "weights: ", "sequence_length: ", "tanh", "0", "1", "0.5", "é", "\u2028", "\ufeff", "x.npy", "null", "==", "\r", "{from: 0, to: 1, step: 0.1}",
        "0..1:0.5", "1..0:-0.5", "log:1..0.1/3", "...", "..", "/", "log:", "{from: 1, to: 0, step: -1}", "density: 0.3", "m.safetensors#", "m.safetensors.index.json#a",
    ];

    private void Check(byte[] bytes, string file)
    {
        string path = folder.Write(file, bytes);
        var reading = Task.Run(() => SweepFolder.Problems(path));

        // A hang guard.
        Assert.True(((IAsyncResult)reading).AsyncWaitHandle.WaitOne(RunningProgram.Patience), "it never ends");
        _ = reading.GetAwaiter().GetResult();
    }

    [Fact]
    public void Damaged_sweep_files_give_a_sweep_or_problems()
    {
        var cases = from text in RandomSweep.Texts().Generator
                    let bytes = Encoding.UTF8.GetBytes(text)
                    from kind in Gen.Choose(0, 3)
                    from a in Gen.Choose(0, bytes.Length)
                    from b in Gen.Choose(0, bytes.Length)
                    from value in Gen.Choose(0, 255)
                    select kind switch
                    {
                        0 => [.. bytes.Take(a)],
                        1 => [.. bytes.Take(a), (byte)value, .. bytes.Skip(a + 1)],
                        2 => [.. bytes.Take(a), .. bytes.Skip(b)],
                        _ => (byte[])[.. bytes, (byte)'\n', .. bytes.Skip(a)],
                    };
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500),
            Prop.ForAll(cases.ToArbitrary(), bytes => Check(bytes, "damaged.yaml")));
    }

    [Fact]
    public void Sweep_files_with_random_tokens_give_a_sweep_or_problems()
    {
        var cases = from text in RandomSweep.Texts().Generator
                    from tokens in Gen.Elements(Tokens).ListOf(6)
                    from places in Gen.Choose(0, text.Length).ListOf(6)
                    select tokens.Zip(places).OrderByDescending(pair => pair.Second).Aggregate(text, (now, pair) => now.Insert(pair.Second, pair.First));
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(500),
            Prop.ForAll(cases.ToArbitrary(), text => Check(Encoding.UTF8.GetBytes(text), "strewn.yaml")));
    }

    [Fact]
    public void Files_of_random_tokens_give_a_sweep_or_problems() => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1000),
        Prop.ForAll(Gen.Elements(Tokens).ListOf().ToArbitrary(), tokens => Check(Encoding.UTF8.GetBytes(string.Concat(tokens)), "tokens.yaml")));

    [Fact]
    public void Options_of_random_text_give_a_sweep_or_problems() => FsCheck.Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500),
        Prop.ForAll(
            (from name in Gen.Elements("seed", "bias", "weights", "input", "name", "activation", "statistics")
             from tokens in Gen.Elements("log:", "..", ":", "/", ",", "1", "-2", "0.5", "1e9", "x", " ", "", "=", "\0", "../", ".npy", "[", "]", "{", "}", "{from: 1, to: 0, count: 3}", ".", "#", ".safetensors#", "from: ", "step: -1", "\n", "\t").ListOf()
             select $"{name}={string.Concat(tokens)}").ToArbitrary(),
            option => { _ = SweepFolder.Problems(null, option); }));

    [Theory]
    [InlineData("seed: ", "[")]
    [InlineData("seed: ", "{a: ")]
    [InlineData("seed: ", "{? ")]
    [InlineData("seed:\n  ", "- ")]
    [InlineData("", "? ")]
    [InlineData("", "[\n")]
    [InlineData("seed: [", "1,")]
    [InlineData("seed: {", "a:,")]
    [InlineData("seed: ", ".")]
    [InlineData("seed: 1..", "1..")]
    [InlineData("seed: 1..2:", "/")]
    [InlineData("", "\t")]
    [InlineData("seed:", "\n\t")]
    [InlineData("", "x: 1\n")]
    [InlineData("", "---\n")]
    [InlineData("", "#\n")]
    [InlineData("", "%TAG !a! b\n")]
    [InlineData("a: &a [*a,", "*a,")]
    [InlineData("seed: ", "1")]
    [InlineData("seed: 1e", "9")]
    [InlineData("name: \"", "\\u0041")]
    [InlineData("name: ", "b\n ")]
    [InlineData("name: |\n", " b\n")]
    public void A_mebibyte_of_a_repeated_text_gives_a_sweep_or_problems(string start, string repeated)
    {
        int times = ((1 << 20) - start.Length) / repeated.Length;
        var text = new StringBuilder(start, 1 << 20).Insert(start.Length, repeated, times);
        Check(Encoding.UTF8.GetBytes(text.ToString()), "mebibyte.yaml");
    }
}
