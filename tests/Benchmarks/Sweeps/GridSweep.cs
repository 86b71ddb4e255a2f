using RnnSweep.Benchmarks.Processes;

namespace RnnSweep.Benchmarks.Sweeps;

/// <summary>A grid of radii and lengths at one hidden size, in the form of each program's arguments.</summary>
internal sealed record GridSweep(int HiddenSize, int Replicates, int[] Lengths)
{
    private const string Radii = "0.9,1.1,1.3,1.5";

    /// <summary>The arguments that all peers have, with two workers. The hidden size is left out.</summary>
    public string[] PeerArguments => ["--radii", Radii, "--lengths", LengthList, "--replicates", Count, "--jobs", "2"];

    public string Size => HiddenSize.ToString();

    private string LengthList => string.Join(',', Lengths.Select(length => length.ToString()));

    private string Count => Replicates.ToString();

    public void RunInRnnSweep(string folder) =>
        RnnSweepProgram.Run(folder, [$"hidden_size={Size}", $"spectral_radius={Radii}", $"sequence_length={LengthList}", $"replicates={Count}"]);
}
