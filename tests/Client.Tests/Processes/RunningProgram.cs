using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace RnnSweep.Client.Tests.Processes;

/// <summary>The real program, started as a user starts it. Dispose kills it if it still runs.</summary>
internal sealed class RunningProgram : IDisposable
{
    public const int Interrupt = 2, Kill = 9, Terminate = 15, Suspend = 19;

    /// <summary>Far longer than any test needs: it ends hangs and makes no claim about speed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The program: that of the environment variable, which './build test' sets to the one that it has compiled ahead of time, or the one that was built with the tests.</summary>
    public static readonly string Path = Environment.GetEnvironmentVariable("RNNSWEEP_TEST_PROGRAM") is { Length: > 0 } program
        ? program
        : System.IO.Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "rnnsweep.exe" : "rnnsweep");

    private readonly Process _process;
    private readonly string _arguments;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly ManualResetEventSlim _outputEnd = new(), _errorEnd = new();
    private readonly Thread _memory;
    private long _peakMemory;

    private RunningProgram(string program, string folder, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        _arguments = string.Join(' ', arguments);
        if (OperatingSystem.IsLinux())
        {
            // A shell starts background jobs, and so CI, with Ctrl-C ignored, and children inherit that; env restores the default and executes the program.
            (program, arguments) = ("/usr/bin/env", ["--default-signal=INT", program, .. arguments]);
        }

        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["RNNSWEEP_PROGRAM"] = Path;
        start.Environment["RNNSWEEP_ENGINE"] = "threads"; // starts fastest; Cluster.Tests cover the other engines
        start.Environment["RNNSWEEP_WAIT_SECONDS"] = "0"; // ends at once where there is no database, except in the tests of waiting
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Gather(_output, _outputEnd, line.Data);
        _process.ErrorDataReceived += (_, line) => Gather(_error, _errorEnd, line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _memory = new Thread(WatchMemory) { IsBackground = true, Name = "memory" };
        _memory.Start();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has written to the standard error so far.</summary>
    public string Error => Text(_error);

    public static RunningProgram Start(string folder, params string[] arguments) => new(Path, folder, arguments, null);

    public static RunningProgram Start(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        new(Path, folder, arguments, environment);

    /// <summary>Starts a line of shell, for features of a shell.</summary>
    public static RunningProgram StartShell(string folder, string line) => new("/bin/sh", folder, ["-c", line], null);

    /// <summary>Starts a line of shell and waits for its end.</summary>
    public static ProgramResult Shell(string folder, string line)
    {
        using RunningProgram shell = StartShell(folder, line);
        return shell.WaitForExit();
    }

    /// <summary>Starts it and waits for its end.</summary>
    public static ProgramResult Run(string folder, params string[] arguments) => Run(folder, null, arguments);

    public static ProgramResult Run(string folder, IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using var program = new RunningProgram(Path, folder, arguments, environment);
        return program.WaitForExit();
    }

    public ProgramResult WaitForExit()
    {
        if (!_process.WaitForExit(Patience) || !_outputEnd.Wait(Patience) || !_errorEnd.Wait(Patience))
        {
            _process.Kill();
            Assert.Fail($"rnnsweep {_arguments}\ndid not end within {Patience}\n--- output\n{Text(_output)}\n--- error\n{Text(_error)}");
        }

        _memory.Join();
        return new ProgramResult(_arguments, _process.ExitCode, Text(_output), Text(_error), _peakMemory);
    }

    /// <summary>
    /// Repeats an action that must happen in time, such as a signal in the middle of a run, until it did: on a busy machine the run may end before
    /// the action. If it never happens in time, the test fails.
    /// </summary>
    public static void UntilInTime(Func<bool> attempt) =>
        Assert.True(Enumerable.Range(0, 50).Any(_ => attempt()), "the program was over before the signal, 50 times");

    /// <summary>Waits for a condition, which is checked every two milliseconds, or less often where that costs much; false if the program ended before.</summary>
    public bool WaitUntil(Func<bool> condition, int pause = 2)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (HasExited)
            {
                return condition();
            }

            Assert.True(clock.Elapsed < Patience,
                $"rnnsweep {_arguments}\ndid not get where it should within {Patience}\n--- error\n{Error}");
            Thread.Sleep(pause);
        }

        return true;
    }

    /// <summary>Sends it a signal, unless it has ended already.</summary>
    public void Send(int signal)
    {
        if (!HasExited)
        {
            _ = SendSignal(Id, signal);
        }
    }

    /// <summary>Waits until it handles Ctrl-C.</summary>
    public void WaitUntilItListens()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "signals are looked up in /proc");
        WaitUntil(HandlesInterrupt);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _memory.Join();
        _process.Dispose();
    }

    private static void Gather(StringBuilder text, ManualResetEventSlim end, string? line)
    {
        if (line is null)
        {
            end.Set();
            return;
        }

        lock (text)
        {
            text.Append(line).Append('\n');
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    private bool HandlesInterrupt() =>
        Status("SigCgt") is { } digits
            && (ulong.Parse(digits, NumberStyles.HexNumber) & (1 << (Interrupt - 1))) != 0;

    private void WatchMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // The system's own peak value, so only a peak in the last milliseconds can be missed. A process that runs for long is a silo, whose memory no test reads.
        for (int pause = 1; !_process.HasExited; pause++)
        {
            if (Status("VmHWM") is { } kilobytes)
            {
                _peakMemory = Math.Max(_peakMemory, 1024 * long.Parse(kilobytes.Split(' ')[0]));
            }

            Thread.Sleep(Math.Clamp(pause / 50, 10, 100));
        }
    }

    private string? Status(string name)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{Id}/status")
                .FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.Ordinal));
            return line?[(name.Length + 1)..].Trim();
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            return null; // it has just ended
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}
