namespace RnnSweep.Client.SweepFiles;

/// <summary>Detects a closed standard input.</summary>
internal static class ClosedInput
{
    /// <summary>
    /// Whether the program was started with a closed standard input. .NET then gets descriptor 0 for a pipe of its own, and reading it would wait for ever: this
    /// process has the end for writing open as well.
    /// </summary>
    public static bool IsClosed()
    {
        const string Folder = "/proc/self/fd";
        try
        {
            return OperatingSystem.IsLinux() && (File.ResolveLinkTarget($"{Folder}/0", returnFinalTarget: false) is not { Name: var input }
                || (input.StartsWith("pipe:", StringComparison.Ordinal)
                    && Directory.EnumerateFiles(Folder).Any(file => Path.GetFileName(file) is not ("0" or "1" or "2") && TargetOf(file) == input && IsForWriting(file))));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        // The flags are octal, and their last two bits are the access mode: 0 for reading, 1 for writing.
        static bool IsForWriting(string file) =>
            File.ReadLines($"/proc/self/fdinfo/{Path.GetFileName(file)}").FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal)) is [.., '1' or '5'];

        static string? TargetOf(string file)
        {
            try
            {
                return File.ResolveLinkTarget(file, returnFinalTarget: false)?.Name;
            }
            catch (IOException)
            {
                return null; // it was closed meanwhile
            }
        }
    }
}
