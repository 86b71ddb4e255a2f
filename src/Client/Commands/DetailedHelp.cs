using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace RnnSweep.Client.Commands;

/// <summary>A command with details that only its own help shows.</summary>
/// <param name="name">The command's name.</param>
/// <param name="summary">One line.</param>
/// <param name="details">The text after the options in the command's own help, with an example.</param>
internal sealed class DetailedCommand(string name, string summary, string details) : Command(name, summary)
{
    public string Details { get; } = details;
}

/// <summary>The help: that of System.CommandLine, then the command's details and the exit codes.</summary>
internal sealed class DetailedHelp : SynchronousCommandLineAction
{
    private const string Beginning = """
        Examples:
          rnnsweep run examples/edge-of-chaos.yaml
          rnnsweep plan --set spectral_radius=0.5..1.5:0.1 --set sequence_length=10,100
          rnnsweep run --help

        Environment:
          RNNSWEEP_ENGINE                Default of --engine: threads, silo or cluster
          RNNSWEEP_CLUSTER               The cluster: the connection string of its PostgreSQL database
          RNNSWEEP_CERTIFICATE           For TLS with the cluster, the certificate and its key
          RNNSWEEP_CERTIFICATE_PASSWORD  The password of that file
          RNNSWEEP_TRUST                 The authorities that signed the others' certificates
          NO_COLOR                       No colours where it is not empty
        """;

    private const string ExitCodes = """

        Exit codes:
          0    all done
          1    internal error
          2    usage, or the sweep file
          3    finished, some cells failed; merged, some cells are missing
          4    the store, the folder or the cluster is out of reach
          5    stored data are damaged or not from rnnsweep
          6    the results are stored, but a report could not be written, or the tables are older than the store
          130  interrupted
        """;

    private readonly HelpAction _help;

    public DetailedHelp(HelpAction help)
    {
        _help = help;
        _help.MaxWidth = 120; // the same help on every terminal
    }

    public override int Invoke(ParseResult parseResult)
    {
        int code = _help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine(parseResult.CommandResult.Command is DetailedCommand command ? command.Details : Beginning);
        output.WriteLine(ExitCodes);
        return code;
    }
}
