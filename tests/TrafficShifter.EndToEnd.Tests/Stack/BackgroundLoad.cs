using TrafficShifter.Demo.Load;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>Users, as long as a test wants them.</summary>
public sealed class BackgroundLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly LoadGenerator _generator;
    private readonly Task<LoadReport> _running;

    public BackgroundLoad(LoadOptions options)
    {
        _generator = new LoadGenerator(options);
        _running = _generator.RunAsync(_stop.Token);
    }

    public LoadReport Now => _generator.Snapshot();

    /// <summary>Ends the load and returns what became of every request.</summary>
    public async Task<LoadReport> StopAsync()
    {
        await _stop.CancelAsync();
        return await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
