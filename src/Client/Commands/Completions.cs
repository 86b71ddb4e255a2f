using System.CommandLine;
using System.CommandLine.Completions;
using RnnSweep.Client.Results;
using RnnSweep.Core.Sweeps;

namespace RnnSweep.Client.Commands;

/// <summary>Candidates for completing the word at the shell's cursor; the shell keeps those that begin with what was typed.</summary>
internal static class Completions
{
    private static readonly string[] s_sweepFiles = [".yaml", ".yml", ".json"];

    /// <summary>Adds candidates to an option.</summary>
    public static void Of(Option option, Func<string, IEnumerable<string>> offers) =>
        option.CompletionSources.Add(context => Items(context, offers));

    /// <summary>Adds candidates to an argument; the help shows the argument's name, not the candidates.</summary>
    public static void Of(Argument argument, Func<string, IEnumerable<string>> offers)
    {
        argument.HelpName ??= argument.Name; // without a help name, System.CommandLine lists the candidates in its place
        argument.CompletionSources.Add(context => Items(context, offers));
    }

    /// <summary>Sweep files, and folders that may contain them.</summary>
    public static IEnumerable<string> SweepFiles(string word) => Paths(word, path => s_sweepFiles.Contains(Path.GetExtension(path)) && !Directory.Exists(path));

    /// <summary>Folders of runs, and folders that may contain them.</summary>
    public static IEnumerable<string> RunFolders(string word) => Paths(word, path => File.Exists(Path.Combine(path, RunFolder.SweepFile)));

    /// <summary>Folders.</summary>
    public static IEnumerable<string> Folders(string word) => Paths(word, _ => false);

    /// <summary>Fields of a sweep, and the choices of a field.</summary>
    public static IEnumerable<string> Settings(string word)
    {
        if (word.Split('=', 2) is not [var name, var values])
        {
            return SweepFields.All.Select(field => $"{field.Name}=");
        }

        // In a list, only the last value is completed.
        string before = values[..(values.LastIndexOf(',') + 1)];
        return SweepFields.Find(name)?.Choices.Select(choice => $"{name}={before}{choice}") ?? [];
    }

    private static IEnumerable<string> Paths(string word, Func<string, bool> isOffered)
    {
        string folder = word[..(word.LastIndexOf('/') + 1)];
        try
        {
            return
            [
                .. from path in Directory.EnumerateFileSystemEntries(folder.Length == 0 ? "." : folder)
                   let name = Path.GetFileName(path)
                   where name[0] != '.' || word.Length > folder.Length
                   where isOffered(path) || Directory.Exists(path)
                   orderby name
                   select folder + name + (isOffered(path) ? "" : "/"),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IEnumerable<CompletionItem> Items(CompletionContext context, Func<string, IEnumerable<string>> offers) =>
        offers(context.WordToComplete).Select(text => new CompletionItem(text));
}
