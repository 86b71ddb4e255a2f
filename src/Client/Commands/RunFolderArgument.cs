using System.CommandLine;

namespace RnnSweep.Client.Commands;

/// <summary>The argument DIR of commands that read a run's folder.</summary>
internal static class RunFolderArgument
{
    public static Argument<string> Create()
    {
        var argument = new Argument<string>("DIR") { Description = "The run's folder" };
        Completions.Of(argument, Completions.RunFolders);
        SweepArguments.RefuseOptions(argument);
        SweepArguments.RefuseEmpty(argument, "a folder");
        return argument;
    }
}
