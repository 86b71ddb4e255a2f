using System.Globalization;
using RnnSweep.Client.Commands;
using RnnSweep.Client.Terminal;

// InvariantGlobalization sets this, too, but an environment variable, which some containers set, overrides it.
CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
if (Descriptors.Prepare())
{
    return CommandLine.Run(args);
}

Console.Error.WriteLine($"rnnsweep: {Descriptors.Advice}");
return ExitCode.OutOfReach;
