namespace RnnSweep.Client.Tests.Commands;

/// <summary>The program's output, word for word, in files that are reviewed with each change.</summary>
internal static class Snapshot
{
    private const string Update = "RNNSWEEP_UPDATE_SNAPSHOTS";

    /// <summary>Fails if the text differs from the file; with RNNSWEEP_UPDATE_SNAPSHOTS=1 it writes the file instead.</summary>
    public static void Matches(string name, string text)
    {
        string path = SourceTree.PathOf("tests", "Client.Tests", "Snapshots", $"{name}.txt");
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            File.WriteAllText(path, text);
            return;
        }

        string expected = File.Exists(path) ? File.ReadAllText(path) : "";
        Assert.True(expected == text, $"""
            {path} is not what the program shows. {Difference(expected, text)}
            If the change is meant, run the tests once with {Update}=1 and commit the file.
            --- the program shows
            {text}
            """);
    }

    private static string Difference(string expected, string text)
    {
        string[] was = expected.Split('\n'), now = text.Split('\n');
        int line = was.Zip(now).TakeWhile(lines => lines.First == lines.Second).Count();
        return $"First in line {line + 1}: '{was.ElementAtOrDefault(line)}' is expected, '{now.ElementAtOrDefault(line)}' is shown.";
    }
}
