namespace TrafficShifter.Demo.Peers;

/// <summary>A server that can be killed, frozen and started again on the same address and data: what tests of failures need.</summary>
public abstract class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private ChildProcess? _process;

    public int Pid => Process.Pid;

    public bool HasExited => Process.HasExited;

    /// <summary>Raised for every line that the program writes, also after it was started again.</summary>
    public event Action<string>? LineWritten;

    /// <summary>The last lines that the program wrote since it was last started.</summary>
    public string Output => Process.Output;

    protected ChildProcess Process => _process ?? throw new InvalidOperationException($"{GetType().Name} was not started");

    /// <summary>kill -9. Address and data stay; <see cref="RestartAsync(CancellationToken)"/> goes on with them.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>SIGTERM, then kill -9 after 5 s. Address and data stay.</summary>
    public Task StopAsync() => Process.StopAsync();

    /// <summary>SIGSTOP: it hangs, its sockets stay open.</summary>
    public void Freeze() => Process.Freeze();

    public void Thaw() => Process.Thaw();

    /// <summary>Starts it again on the same address and data; ends it first if it still runs. Returns when it is ready.</summary>
    /// <exception cref="PeerException">It ended or was not ready in time.</exception>
    public Task RestartAsync(CancellationToken cancellationToken = default) => RestartAsync(IsReadyAsync, cancellationToken);

    /// <summary>The same with another idea of ready.</summary>
    protected async Task RestartAsync(Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellationToken)
    {
        await Process.DisposeAsync();
        await LaunchAsync(isReady, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        CleanUp();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts the program and waits until it is ready; a program that is not leaves nothing behind.</summary>
    protected Task LaunchAsync(CancellationToken cancellationToken) => LaunchAsync(IsReadyAsync, cancellationToken);

    /// <summary>The same with another idea of ready.</summary>
    protected async Task LaunchAsync(Func<CancellationToken, Task<bool>> isReady, CancellationToken cancellationToken)
    {
        _process = StartProcess();
        _process.LineWritten += line => LineWritten?.Invoke(line);
        try
        {
            await _process.WaitUntilReadyAsync(isReady, StartTimeout, cancellationToken);
        }
        catch
        {
            await _process.DisposeAsync();
            _process = null;
            throw;
        }
    }

    protected abstract ChildProcess StartProcess();

    protected abstract Task<bool> IsReadyAsync(CancellationToken cancellationToken);

    /// <summary>Deletes what only this fixture needed.</summary>
    protected virtual void CleanUp()
    {
    }
}
