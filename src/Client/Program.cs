using RnnSweep.Client.Commands;
using RnnSweep.Client.Runs;

if (Descriptors.Prepare())
{
    return CommandLine.Run(args);
}

Console.Error.WriteLine($"rnnsweep: {Descriptors.Advice}");
return ExitCode.OutOfReach;
