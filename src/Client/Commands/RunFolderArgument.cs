using System.CommandLine;

namespace RnnSweep.Client.Commands;

/// <summary>The argument of commands that read a run's folder.</summary>
internal static class RunFolderArgument
{
    public static Argument<string> Create(string name = "DIR", string description = "The run's folder")
    {
        var argument = new Argument<string>(name) { Description = description };
        Completions.Of(argument, Completions.RunFolders);
        SweepArguments.RefuseOptions(argument);
        SweepArguments.RefuseEmpty(argument, "a folder");
        return argument;
    }
}
