using System.Text;
using System.Text.Unicode;

namespace RnnSweep.Client.SweepFiles;

/// <summary>Reads a sweep's text from a file or from standard input.</summary>
internal static class SweepFileText
{
    /// <summary>The path that stands for standard input, as in other command-line programs.</summary>
    public const string StandardInput = "-";

    private const int LargestSize = 1 << 20;

    /// <summary>The name of a sweep's source in messages.</summary>
    public static string SourceOf(string path) => path == StandardInput ? "standard input" : path;

    /// <summary>The text of the file; null where it cannot be read or is not text, which is then added to the problems.</summary>
    public static string? Read(string path, ProblemList problems)
    {
        string source = SourceOf(path);
        try
        {
            if (path != StandardInput && Directory.Exists(path))
            {
                problems.Add(new Place(source), "is a folder, but a sweep file is wanted");
                return null;
            }

            if (path == StandardInput && ClosedInput.IsClosed())
            {
                problems.Add(new Place(source), "is closed");
                return null;
            }

            using Stream file = path == StandardInput ? Console.OpenStandardInput() : File.OpenRead(path);
            var bytes = new byte[LargestSize + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length <= LargestSize)
            {
                return Decode(source, bytes.AsSpan(0, length), problems);
            }

            problems.Add(new Place(source), "is larger than 1 MiB, the most that a sweep file can be");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            problems.Add(new Place(source), $"there is no such file{NearestPath.OfSweepFile(path)}");
        }
        catch (UnauthorizedAccessException)
        {
            problems.Add(new Place(source), "may not be read: permission denied");
        }
        catch (Exception error) when (error is IOException or ArgumentException or NotSupportedException)
        {
            problems.Add(new Place(source), $"cannot be read: {error.Message}");
        }

        return null;
    }

    /// <summary>The text of some bytes; null where they are no UTF-8 text, which is then added to the problems.</summary>
    public static string? Decode(string path, ReadOnlySpan<byte> bytes, ProblemList problems)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
        {
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        }

        int bad = Utf8.IsValid(bytes) ? IndexOfControl(bytes) : IndexOfInvalid(bytes);
        if (bad < 0)
        {
            return Encoding.UTF8.GetString(bytes);
        }

        ReadOnlySpan<byte> before = bytes[..bad];
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        var place = new Place(path, before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
        problems.Add(place, $"a sweep file is UTF-8 text, but here is the byte 0x{bytes[bad]:x2}");
        return null;
    }

    private static int IndexOfControl(ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] is < 0x20 and not ((byte)'\t' or (byte)'\n' or (byte)'\r') or 0x7f)
            {
                return i;
            }
        }

        return -1;
    }

    private static int IndexOfInvalid(ReadOnlySpan<byte> bytes)
    {
        int index = 0;
        while (Rune.DecodeFromUtf8(bytes[index..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            index += length;
        }

        return index;
    }
}
