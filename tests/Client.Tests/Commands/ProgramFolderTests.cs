namespace RnnSweep.Client.Tests.Commands;

public sealed class ProgramFolderTests
{
    /// <summary>
    /// assemblies.txt lists all files that the program's folder may hold, so new packages and dependencies show here. `./build pack` compares the
    /// .NET tool with the same file.
    /// </summary>
    [SkippableFact]
    public void The_published_program_has_the_assemblies_that_it_runs_and_no_others()
    {
        string folder = SourceTree.PathOf("artifacts", "program");
        Skip.IfNot(Directory.Exists(folder), "the program is not published: ./build program does it");
        IEnumerable<string> assemblies = Directory.EnumerateFiles(folder, "*.dll").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
        Snapshot.Matches("assemblies", string.Join('\n', assemblies) + "\n");
    }
}
