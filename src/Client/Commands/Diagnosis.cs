using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using RnnSweep.Client.Engines;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.SweepFiles;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.LinearAlgebra;
using RnnSweep.Core.Results;

namespace RnnSweep.Client.Commands;

/// <summary>The properties of this machine that matter for sweeps, measured when the record is made.</summary>
internal sealed record Diagnosis
{
    public int Cores { get; } = Environment.ProcessorCount;

    public string System { get; } = RuntimeInformation.OSDescription;

    public string Runtime { get; } = RuntimeInformation.FrameworkDescription;

    /// <summary>The instruction set of the kernel.</summary>
    public string Kernel { get; } = MatrixProduct.InstructionSet;

    /// <summary>Speed of the kernel in 10⁹ floating-point operations per second, on one core and on all cores together.</summary>
    public required (double OneCore, double AllCores) Gigaflops { get; init; }

    /// <summary>Number of threads, and most bytes, of a sweep with default values only.</summary>
    public required (int Threads, double Bytes) Usual { get; init; }

    public required string Sqlite { get; init; }

    public required Check Folder { get; init; }

    /// <summary>Free bytes on the folder's file system; null where they are not known.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Whether the cluster can be reached; null where no cluster is named.</summary>
    public Check? Cluster { get; init; }

    public bool IsWell => Folder.IsWell && Cluster is not { IsWell: false };

    /// <summary>Measures everything, in about half a second plus the time until the cluster answers.</summary>
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

    /// <summary>The result of one check, and its text.</summary>
    internal sealed record Check(bool IsWell, string Text);
}
