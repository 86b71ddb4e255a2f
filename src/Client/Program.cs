using System.Globalization;
using RnnSweep.Client.Commands;
using RnnSweep.Client.Terminal;

// InvariantGlobalization says so, too, but a variable of the environment, which some containers set, takes it back.
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
if (Descriptors.Prepare())
{
    return CommandLine.Run(args);
}

Console.Error.WriteLine($"rnnsweep: {Descriptors.Advice}");
return ExitCode.OutOfReach;
