using System.CommandLine;

namespace RnnSweep.Client.Commands;

/// <summary>Options of several commands.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json(string description) => new("--json") { Description = description };

    public static Option<bool> Verbose(string description) => new("--verbose", "-v") { Description = description };
}
