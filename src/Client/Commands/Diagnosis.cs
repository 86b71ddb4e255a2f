using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Commands;

/// <summary>What this machine has of what sweeps need, each looked at just now.</summary>
internal sealed record Diagnosis
{
    public int Cores { get; } = Environment.ProcessorCount;

    public string System { get; } = RuntimeInformation.OSDescription;

    public string Runtime { get; } = RuntimeInformation.FrameworkDescription;

    /// <summary>The instruction set of the kernel.</summary>
    public string Kernel { get; } = MatrixProduct.InstructionSet;

    /// <summary>10⁹ operations a second of the kernel on one core, and on all together.</summary>
    public required (double OneCore, double AllCores) Gigaflops { get; init; }

    /// <summary>Threads that a sweep of nothing but defaults would take, and bytes at most.</summary>
    public required (int Threads, double Bytes) Usual { get; init; }

    public required string Sqlite { get; init; }

    public required Check Folder { get; init; }

    /// <summary>Bytes free on the file system of the folder; null where that is not to be known.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Null where no cluster is named.</summary>
    public Check? Cluster { get; init; }

    public bool IsWell => Folder.IsWell && Cluster is not { IsWell: false };

    /// <summary>Looks at everything; takes about half a second, and what the cluster takes to answer.</summary>
    /// <exception cref="UsageException">The connection string or a certificate of the cluster cannot be read.</exception>
    public static Diagnosis Take(ClusterSettings? cluster)
    {
        var computation = new Computation(SweepFileReader.Read(null, ["name=defaults"], out _)!, parallelism: null);
        string folder = Environment.CurrentDirectory;
        double oneCore = KernelSpeed.GigaflopsPerSecond(1);
        return new Diagnosis
        {
            Cluster = cluster is null ? null : Reach(cluster),
            Gigaflops = (oneCore, Environment.ProcessorCount == 1 ? oneCore : KernelSpeed.GigaflopsPerSecond(Environment.ProcessorCount)),
            Usual = (computation.Parallelism, computation.MemoryAtMost),
            Sqlite = SqliteVersion(),
            Folder = Write(folder),
            FreeBytes = Free(folder),
        };
    }

    private static string SqliteVersion()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        return connection.ServerVersion;
    }

    private static Check Write(string folder)
    {
        try
        {
            string file = Path.Combine(folder, $".rnnsweep-{Path.GetRandomFileName()}");
            using (new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose))
            {
            }

            return new Check(true, $"{folder} can be written");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new Check(false, $"{folder} cannot be written: {error.Message}");
        }
    }

    private static long? Free(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static Check Reach(ClusterSettings settings)
    {
        var address = new ClusterAddress(settings);
        try
        {
            return new Check(true, Task.Run(() => address.ServerVersion(CancellationToken.None)).GetAwaiter().GetResult());
        }
        catch (StoreUnreachableException error)
        {
            return new Check(false, error.Message);
        }
    }

    /// <summary>Something that is well or not, in words.</summary>
    internal sealed record Check(bool IsWell, string Text);
}
