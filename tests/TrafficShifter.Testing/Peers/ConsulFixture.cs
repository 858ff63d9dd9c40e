using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Testing.Peers;

/// <summary>One real Consul for all tests of a class: <c>IClassFixture&lt;ConsulFixture&gt;</c>. Each test takes its own prefix.</summary>
public sealed class ConsulFixture : IAsyncLifetime
{
    private ConsulProcess? _consul;
    private int _prefixes;

    public ConsulProcess Consul => _consul ?? throw new InvalidOperationException("xunit has not started Consul yet");

    /// <summary>A prefix that no other test has: <c>test-1/</c>.</summary>
    public string NewPrefix() => $"test-{Interlocked.Increment(ref _prefixes)}/";

    public async Task InitializeAsync() => _consul = await ConsulProcess.StartAsync(new ConsulSetup(), CancellationToken.None);

    public async Task DisposeAsync()
    {
        if (_consul is not null) await _consul.DisposeAsync();
    }
}
