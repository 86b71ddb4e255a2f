return RnnSweep.Client.Commands.CommandLine.Run(args);
