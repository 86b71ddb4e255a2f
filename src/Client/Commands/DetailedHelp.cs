using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace RnnSweep.Client.Commands;

/// <summary>A command that says more in its own help than one line in the list of commands.</summary>
/// <param name="name">The command's name.</param>
/// <param name="summary">One line.</param>
/// <param name="details">What follows the options in the command's own help, an example among it.</param>
internal sealed class DetailedCommand(string name, string summary, string details) : Command(name, summary)
{
    public string Details { get; } = details;
}

/// <summary>The help, with the details of a command at its end.</summary>
internal sealed class DetailedHelp : SynchronousCommandLineAction
{
    private readonly HelpAction _help;

    public DetailedHelp(HelpAction help)
    {
        _help = help;
        _help.MaxWidth = 120; // the same help on every terminal
    }

    public override int Invoke(ParseResult parseResult)
    {
        int code = _help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is DetailedCommand { Details: { } details })
        {
            parseResult.InvocationConfiguration.Output.WriteLine(details);
        }

        return code;
    }
}
