using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace RnnSweep.Client.Results;

/// <summary>
/// A run's lock on its folder: a lock on a file, which the operating system releases when the process ends. The file is not deleted, because two processes
/// could then lock two files of the same name. It contains the id of the process.
/// </summary>
internal sealed class RunFolderLock : IDisposable
{
    private readonly FileStream _file;

    private RunFolderLock(FileStream file) => _file = file;

    internal static RunFolderLock Take(RunFolder folder)
    {
        string path = folder[RunFolder.LockFile];
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (IsLocked(error))
        {
            throw new RunFolderBusyException(folder.Path, Holder(path));
        }

        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
        file.Flush();
        return new RunFolderLock(file);
    }

    public void Dispose()
    {
        if (_file.SafeFileHandle.IsClosed)
        {
            return;
        }

        _file.SetLength(0);
        _file.Dispose();
    }

    // HResult is the system's error number: EAGAIN of Linux, EWOULDBLOCK of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsLocked(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x8007_0020);

    private static int? Holder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        // Every .NET API that opens a file takes the lock, too.
        using var handle = new SafeFileHandle(OpenForReading(Encoding.UTF8.GetBytes($"{path}\0"), flags: 0), ownsHandle: true);
        if (handle.IsInvalid)
        {
            return null;
        }

        Span<byte> text = stackalloc byte[16];
        text = text[..RandomAccess.Read(handle, text, 0)];
        return int.TryParse(text.Trim((byte)'\n'), NumberStyles.None, null, out int id) ? id : null;
    }

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenForReading(byte[] path, int flags);
}
