using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace TrafficShifter.Demo.Peers;

/// <summary>A program that this process started, and the only kind it ever ends: its last output is kept for the error message.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 200;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly Process _process;

    private ChildProcess(string name, Process process)
    {
        Name = name;
        _process = process;
    }

    public string Name { get; }

    public int Pid => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Raised for every line that the program writes.</summary>
    public event Action<string>? LineWritten;

    /// <summary>The last lines that the program wrote, oldest first.</summary>
    public string Output => string.Join('\n', _output);

    /// <exception cref="PeerException">The program could not be started.</exception>
    public static ChildProcess Start(string name, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string?>()) start.Environment[key] = value;
        try
        {
            var process = new Process { StartInfo = start };
            var child = new ChildProcess(name, process);
            process.OutputDataReceived += (_, line) => child.Keep(line.Data);
            process.ErrorDataReceived += (_, line) => child.Keep(line.Data);
            process.Start();
            process.StandardInput.Close();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return child;
        }
        catch (System.ComponentModel.Win32Exception failed)
        {
            throw new PeerException($"{name} could not be started ({file}): {failed.Message}", failed);
        }
    }

    /// <summary>Probes until <paramref name="isReady"/> says true.</summary>
    /// <exception cref="PeerException">The program ended or was not ready in time; the message has its last output.</exception>
    public async Task WaitUntilReadyAsync(Func<CancellationToken, Task<bool>> isReady, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (HasExited)
            {
                await ReadTheRestAsync();
                throw new PeerException($"{Name} ended with exit code {ExitCode} before it was ready. Its last output:\n{Output}");
            }
            if (await TryProbeAsync(isReady, cancellationToken)) return;
            if (Stopwatch.GetElapsedTime(started) > timeout) throw new PeerException($"{Name} was not ready after {timeout.TotalSeconds:0} s. Its last output:\n{Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }
    }

    /// <summary>Waits until the program has ended by itself and its last line was read; returns its exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!HasExited) Signal(PosixSignals.Kill);
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, then kill -9 when it is not gone after <paramref name="grace"/> (default 5 s).</summary>
    public async Task StopAsync(TimeSpan? grace = null)
    {
        if (HasExited) return;
        Signal(PosixSignals.Terminate);
        using var patience = new CancellationTokenSource(grace ?? TimeSpan.FromSeconds(5));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>SIGSTOP: the program hangs, its sockets stay open.</summary>
    public void Freeze() => Signal(PosixSignals.Stop);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Signal(PosixSignals.Continue);

    public void Signal(int signal)
    {
        if (!HasExited && PosixSignals.Send(_process.Id, signal) != 0 && !HasExited)
            throw new PeerException($"{Name}: signal {signal} to process {_process.Id} failed, errno {Marshal.GetLastPInvokeError()}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            Signal(PosixSignals.Continue);
            await StopAsync();
        }
        _process.Dispose();
    }

    private static async Task<bool> TryProbeAsync(Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellationToken)
    {
        try
        {
            return await isReady(cancellationToken);
        }
        catch (Exception notYet) when (notYet is HttpRequestException or SocketException or IOException
            || (notYet is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    // A program's end is seen before its last lines are; a child of its own may hold the pipe open for good, so the patience is short.
    private async Task ReadTheRestAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        while (_output.Count > KeptLines) _output.TryDequeue(out _);
        LineWritten?.Invoke(line);
    }
}

/// <summary>A real component is missing, did not start or did not answer. The message says which and what to do.</summary>
public sealed class PeerException(string message, Exception? inner = null) : Exception(message, inner);

internal static partial class PosixSignals
{
    public const int UserDefined2 = 12;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Send(int pid, int signal);
}
