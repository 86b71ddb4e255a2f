using RnnSweep.Client.Terminal;
using RnnSweep.Client.Tests.Results;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>A low limit of open files: the run uses an engine that needs few, or ends with a message of one line.</summary>
public sealed class DescriptorTests : IDisposable
{
    private const string Sweep = "--set hidden_size=2 --set sequence_length=5 --set replicates=2";
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public void With_too_few_descriptors_for_a_silo_the_default_engine_is_threads()
    {
        ProgramResult run = Limited(160, $"unset RNNSWEEP_ENGINE; \"$RNNSWEEP_PROGRAM\" run {Sweep} -o run").Expect(0);
        Assert.Contains("using engine threads, because a silo needs 256 open files, and this process may have 160", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"engine\": \"threads\"", File.ReadAllText(_folder["run/manifest.json"]), StringComparison.Ordinal);
        Array.ForEach(["show", "export", "report", "verify"], command => Limited(160, $"\"$RNNSWEEP_PROGRAM\" {command} run").Expect(0));
    }

    [SkippableTheory]
    [InlineData(48, "threads")]
    [InlineData(64, "threads")]
    [InlineData(100, "threads")]
    [InlineData(100, "silo")]
    [InlineData(128, "silo")]
    [InlineData(200, "silo")]
    public void Too_low_a_limit_is_reported_in_one_line(int limit, string engine)
    {
        ProgramResult run = Limited(limit, $"\"$RNNSWEEP_PROGRAM\" run {Sweep} --engine {engine} -o run").Expect(4);
        Assert.StartsWith(
            $"rnnsweep: too many open files: this process may have {limit} open at a time",
            Assert.Single(run.ErrorLines),
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_caused_by_the_limit_is_distinguished_from_others()
    {
        Assert.True(Descriptors.AreExhausted(new InvalidOperationException("", new IOException("Too many open files", 24))));
        Assert.True(Descriptors.AreExhausted(new AggregateException(new InvalidOperationException(), new IOException("", 23))));
        Assert.False(Descriptors.AreExhausted(new IOException("No space left on device", 28)));
        Assert.False(Descriptors.AreExhausted(new FileNotFoundException("a.npy")));
    }

    [Fact]
    public void The_limit_is_the_soft_one()
    {
        File.WriteAllText(_folder["limits"], """
            Limit                     Soft Limit           Hard Limit           Units
            Max core file size        0                    unlimited            bytes
            Max open files            256                  4096                 files
            """);
        Assert.Equal(256, Descriptors.ReadLimit(_folder["limits"]));
        File.WriteAllText(_folder["limits"], "Max open files            unlimited            unlimited            files\n");
        Assert.Null(Descriptors.ReadLimit(_folder["limits"]));
        Assert.Null(Descriptors.ReadLimit(_folder["nowhere"]));
    }

    [Theory]
    [InlineData("unlimited", 1000)]
    [InlineData("4096", 1000)]
    [InlineData("1340", 500)] // half of what the silo itself does not need
    [InlineData("350", 16)] // without which it could not do anything
    [InlineData("100", 16)]
    public void The_two_ports_of_a_silo_share_the_descriptors_that_it_does_not_need_itself(string limit, int expected)
    {
        File.WriteAllText(_folder["limits"], $"Max open files            {limit}            {limit}            files\n");
        Assert.Equal(expected, Descriptors.ConnectionsOfSilo(1000, _folder["limits"]));
    }

    public void Dispose() => _folder.Dispose();

    private ProgramResult Limited(int limit, string line)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the limit is read in /proc");
        return RunningProgram.Shell(_folder.Path, $"ulimit -n {limit}; {line}");
    }
}
