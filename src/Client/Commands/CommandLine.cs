using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.CompilerServices;
using RnnSweep.Client.Engines.Orleans;
using RnnSweep.Client.Terminal;
using RnnSweep.Core.Results;
using RnnSweep.Core.Sweeps;
using Serilog;

namespace RnnSweep.Client.Commands;

/// <summary>The command line: its commands, and the exit codes and messages of errors.</summary>
internal static class CommandLine
{
    private static readonly (string Name, Func<Command> Create)[] s_commands =
    [
        ("run", RunCommand.Create),
        ("plan", PlanCommand.Create),
        ("show", ShowCommand.Create),
        ("compare", CompareCommand.Create),
        ("list", ListCommand.Create),
        ("export", ExportCommand.Create),
        ("report", ReportCommand.Create),
        ("merge", MergeCommand.Create),
        ("verify", VerifyCommand.Create),
        ("diagnose", DiagnoseCommand.Create),
        ("check", CheckCommand.Create),
        ("jacobian", JacobianCommand.Create),
        ("doctor", DoctorCommand.Create),
        ("completion", CompletionCommand.Create),
        ("silo", SiloCommand.Create),
        ("submit", SubmitCommand.Create),
        ("attach", AttachCommand.Create),
        ("status", StatusCommand.Create),
        ("cancel", SweepStateCommands.Cancel),
        ("pause", SweepStateCommands.Pause),
        ("resume", SweepStateCommands.Resume),
        ("forget", RemovalCommands.Forget),
        ("prune", RemovalCommands.Prune),
    ];

    // The commands that have traces; a silo exports its own.
    private static readonly string[] s_traced = ["run", "submit", "attach", "cancel", "pause", "resume"];

    public static int Run(string[] arguments)
    {
        StandardStream.Install();
        if (arguments is [var command, ..] && !command.StartsWith('-') && !s_commands.Any(known => known.Name == command) && !command.StartsWith('['))
        {
            string hint = NearestName.Of(command, s_commands.Select(known => known.Name)) is { } nearest ? $"; did you mean {nearest}?" : "; 'rnnsweep --help' lists them";
            Console.Error.WriteLine($"rnnsweep: there is no command {Excerpt.Of(command)}{hint}");
            return ExitCode.Usage;
        }

        Secrets.Register(
            arguments, Environment.GetEnvironmentVariable(ClusterArguments.Variable), Environment.GetEnvironmentVariable(ClusterArguments.PasswordVariable));
        ParseResult parsed = Root(arguments.FirstOrDefault()).Parse(WatchOption.WithoutPort(arguments), new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action is not DetailedHelp)
        {
            foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
            {
                Console.Error.WriteLine($"rnnsweep: {message}");
            }

            string of = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
            Console.Error.WriteLine($"see 'rnnsweep{of} --help'");
            return ExitCode.Usage;
        }

        try
        {
            return Environment.GetEnvironmentVariable(TelemetryExport.Variable) is { Length: > 0 } && s_traced.Contains(parsed.CommandResult.Command.Name)
                ? InvokeTraced(parsed)
                : Invoke(parsed);
        }
        catch (Exception error)
        {
            return Report(error);
        }
    }

    private static int Invoke(ParseResult parsed) => parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

    // A method of its own, so that other commands do not load the assemblies.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int InvokeTraced(ParseResult parsed)
    {
        using IDisposable? export = TelemetryExport.Start("rnnsweep");
        return Invoke(parsed);
    }

    /// <summary>The root command with every command, or with only the named one where it exists: creating the others slows down the start.</summary>
    public static RootCommand Root(string? name = null)
    {
        var root = new RootCommand("Measures how gradients vanish or explode in recurrent networks, over sweeps of spectral radius, sequence length and more.");
        bool isNamed = false;
        foreach ((string command, _) in s_commands)
        {
            isNamed |= command == name;
        }

        foreach ((string command, Func<Command> create) in s_commands)
        {
            if (!isNamed || command == name)
            {
                root.Add(create());
            }
        }

        root.Options.OfType<VersionOption>().Single().Description = "Show the version";
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Aliases.Remove("/h"); // /h may be the path of a folder
        help.Aliases.Remove("/?");
        help.Action = new DetailedHelp((HelpAction)help.Action!);
        root.SetAction(parsed =>
        {
            Console.Error.WriteLine("rnnsweep: a command is missing; 'rnnsweep --help' lists them");
            return ExitCode.Usage;
        });
        return root;
    }

    // An expected error has only its message; an internal error has its stack trace, too.
    private static int Report(Exception error)
    {
        Descriptors.Release();
        (int code, string message) = error switch
        {
            _ when Descriptors.AreExhausted(error) => (ExitCode.OutOfReach, $"rnnsweep: {Descriptors.Advice}"),
            UsageException => (ExitCode.Usage, error.Message),
            Results.RunFolderBusyException => (ExitCode.Usage, $"rnnsweep: {error.Message}"),
            OperationCanceledException => (ExitCode.Interrupted, "rnnsweep: interrupted"),
            StoreUnreachableException => (ExitCode.OutOfReach, $"rnnsweep: {error.Message}"),
            StoreDamagedException => (ExitCode.Damaged, $"rnnsweep: {error.Message}"),
            IOException or UnauthorizedAccessException => (ExitCode.OutOfReach, $"rnnsweep: {error.Message}"),
            _ => (ExitCode.InternalError, $"rnnsweep: internal error: {error.GetType().Name}: {error.Message}\n{error.StackTrace}"),
        };
        Console.Error.WriteLine(message);
        Log.Error(code == ExitCode.InternalError ? error : null, "Ended with exit code {ExitCode}: {Message}", code, error.Message);
        RunLog.Close();
        return code;
    }
}
