using RnnSweep.Benchmarks.Processes;

namespace RnnSweep.Benchmarks.Sweeps;

/// <summary>A program that runs the same sweep as rnnsweep, and writes its replicates' table.</summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="Program">The program, or the Python that runs it.</param>
/// <param name="Arguments">Its arguments before those of the sweep.</param>
/// <param name="Options">Its arguments after those of the sweep.</param>
/// <param name="OnlySize">The hidden size for which it is written; null if for all.</param>
internal sealed record Peer(string Name, string Program, string[] Arguments, string[] Options, int? OnlySize = null)
{
    /// <summary>Whether it is a program in Python, as researchers write them, rather than a bound of the hardware.</summary>
    public bool IsPython => Program == Python.Path;

    public bool Runs(GridSweep sweep) => OnlySize is null || OnlySize == sweep.HiddenSize;

    /// <summary>Runs a sweep.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="file">The table to write.</param>
    public void Run(GridSweep sweep, string file)
    {
        string[] size = OnlySize is null ? ["--hidden-size", sweep.Size] : [];
        ProcessOutput.OfSuccess(Program, [.. Arguments, file, .. size, .. sweep.PeerArguments, .. Options]);
    }

    /// <summary>The peers for which this machine has what they need.</summary>
    /// <param name="folder">The folder in which to compile.</param>
    /// <param name="missing">Called with a line for each peer that is left out.</param>
    public static List<Peer> Available(TemporaryFolder folder, Action<string> missing)
    {
        var peers = new List<Peer>();
        if (Python.Path is not { } python)
        {
            missing("python3 with numpy and scipy is missing (Debian: python3-numpy, python3-scipy), so no program in Python is compared.");
        }
        else
        {
            if (Python.HasJoblib)
            {
                string[] loops = [SourceTree.Peer("numpy_joblib.py")];
                peers.Add(new("numpy", python, loops, []));
                peers.Add(new("numpy, shared", python, loops, ["--share-lengths"]));
            }
            else
            {
                missing("joblib is missing (Debian: python3-joblib), so the loops over replicates are not compared.");
            }

            peers.Add(new("numpy batched", python, [SourceTree.Peer("numpy_batched.py")], []));
            if (Python.HasTorch)
            {
                peers.Add(new("torch bmm", python, [SourceTree.Peer("torch_batched.py")], []));
            }
            else
            {
                missing("torch is missing (Debian: python3-torch), so its batched products are not compared.");
            }
        }

        if (LanesProgram.Build(folder.Fresh()) is { } lanes)
        {
            peers.Add(new("C lanes", lanes, [], [], LanesProgram.HiddenSize));
        }
        else
        {
            missing("gcc is missing or does not compile peers/lanes.c (Debian: gcc), so vector lanes in C are not compared.");
        }

        return peers;
    }
}
