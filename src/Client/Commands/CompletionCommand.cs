using System.CommandLine;
using RnnSweep.Client.Terminal;

namespace RnnSweep.Client.Commands;

/// <summary><c>rnnsweep completion</c>: prints a script with which a shell asks the program for completions (its <c>[suggest]</c>).</summary>
internal static class CompletionCommand
{
    private const string Summary = "Print a script that has bash or zsh complete rnnsweep's commands";

    private const string Details = """
        Completes commands, options, engines, fields of a sweep and their names, sweep files, and the folders of runs.

        Examples:
          source <(rnnsweep completion bash)                                  # in ~/.bashrc
          source <(rnnsweep completion zsh)                                   # in ~/.zshrc
          rnnsweep completion bash > /etc/bash_completion.d/rnnsweep          # for everybody
        """;

    // bash also ends a word at = and :, and replaces only what follows the last of them.
    private const string Bash = """
        # bash completion of rnnsweep
        _rnnsweep() {
            local line=${COMP_LINE:0:COMP_POINT} candidate kept= quoted
            local word=${line##*[[:space:]]}
            case $word in *[=:]*) case $COMP_WORDBREAKS in *=*) kept=${word%"${word##*[=:]}"} ;; esac ;; esac
            COMPREPLY=()
            while IFS= read -r candidate; do
                case $candidate in
                    "$word"*)
                        candidate=${candidate#"$kept"}
                        printf -v quoted %q "$candidate"
                        COMPREPLY+=("${quoted//\\,/,}")
                        ;;
                esac
            done < <("$1" "[suggest:${#line}]" "$line" 2>/dev/null)
            case ${COMPREPLY[0]-} in *[=/]) compopt -o nospace 2>/dev/null ;; esac
        }
        complete -o default -F _rnnsweep rnnsweep
        """;

    private const string Zsh = """
        #compdef rnnsweep
        # zsh completion of rnnsweep
        _rnnsweep() {
            local line="${(j: :)words[1,CURRENT-1]} $PREFIX"
            local -a candidates closed open
            candidates=(${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)"})
            candidates=(${(M)candidates:#${(b)PREFIX}*})
            (( $#candidates )) || { _files; return }
            closed=(${candidates:#*[=/]})
            open=(${(M)candidates:#*[=/]})
            compadd -a closed
            compadd -S '' -a open
        }
        (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
        compdef _rnnsweep rnnsweep
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh", HelpName = "bash|zsh" };
        Completions.Of(shell, _ => ["bash", "zsh"]);
        var command = new DetailedCommand("completion", Summary, Details) { shell };
        command.SetAction(parsed =>
        {
            Console.WriteLine(parsed.GetValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                var other => throw new UsageException($"rnnsweep: SHELL must be bash or zsh, but was '{other}'"),
            });
            return ExitCode.Done;
        });
        return command;
    }
}
