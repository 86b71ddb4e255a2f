namespace RnnSweep.Client.Tests.Commands;

/// <summary>The source tree that the tests were built from.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "RnnSweep.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"there is no RnnSweep.sln above {AppContext.BaseDirectory}");
    }
}
