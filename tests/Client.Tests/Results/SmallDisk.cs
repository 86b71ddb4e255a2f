using System.Diagnostics;

namespace RnnSweep.Client.Tests.Results;

/// <summary>A file system of some megabytes, which only root on Linux can mount; otherwise the test is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static SmallDisk MountOrSkip(string path, int megabytes = 1)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.UserName == "root", "only root on Linux can mount a small disk");
        Directory.CreateDirectory(path);
        Skip.IfNot(Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path), "no file system can be mounted here");
        return new SmallDisk(path);
    }

    public void Fill()
    {
        using var file = new FileStream(System.IO.Path.Combine(Path, "filling"), FileMode.Create, FileAccess.Write, FileShare.None, 0);
        Assert.Throws<IOException>(() =>
        {
            while (file.Length < 64 << 20)
            {
                file.Write(new byte[512]);
            }
        });
    }

    public void MakeReadOnly() => Assert.True(Run("mount", "-o", "remount,ro", Path));

    public void Dispose() => Run("umount", "-l", Path);

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
