using TrafficShifter.Core.Ports;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Testing.Contracts;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.HAProxy.Tests;

public sealed class InMemoryLoadBalancerTests : LoadBalancerContract
{
    private readonly InMemoryLoadBalancer _loadBalancer = new();

    protected override ILoadBalancer LoadBalancer => _loadBalancer;

    public override Task InitializeAsync()
    {
        foreach (var (backend, servers) in Layout) _loadBalancer.HAProxy.Configure(backend, servers);
        foreach (var (backend, persistence) in Persisting)
        {
            _loadBalancer.HAProxy.Configure(backend, ("blue1", 1), ("green1", 1));
            _loadBalancer.HAProxy.Persist(backend, persistence);
        }
        return Task.CompletedTask;
    }

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override Task RestartAsync()
    {
        _loadBalancer.HAProxy.Restart();
        return Task.CompletedTask;
    }

    protected override Task StopAsync()
    {
        _loadBalancer.Fail(new LoadBalancerException($"{_loadBalancer.Name} is away"));
        return Task.CompletedTask;
    }

    protected override Task SetHealthAsync(string backend, string server, ServerHealth health)
    {
        _loadBalancer.HAProxy.SetHealth(backend, server, health);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Call_that_hangs_ends_when_it_is_cancelled_and_answers_again_after_recovery()
    {
        using var patience = new CancellationTokenSource();
        _loadBalancer.Hang();
        var call = _loadBalancer.GetProcessAsync(patience.Token);
        call.IsCompleted.ShouldBeFalse();

        await patience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        _loadBalancer.Recover();
        (await _loadBalancer.GetProcessAsync(CancellationToken.None)).Pid.ShouldBeGreaterThan(0);
    }
}

/// <summary>The load balancer over a socket of this process: holds <see cref="FakeRuntimeApi"/> to what a real one does.</summary>
public abstract class FakeRuntimeApiContract(bool tcp) : LoadBalancerContract
{
    private readonly FakeRuntimeApi _api = FakeRuntimeApi.Start(tcp: tcp);
    private HAProxyLoadBalancer? _loadBalancer;

    protected override ILoadBalancer LoadBalancer => _loadBalancer!;

    public override Task InitializeAsync()
    {
        foreach (var (backend, servers) in Layout) _api.HAProxy.Configure(backend, servers);
        foreach (var (backend, persistence) in Persisting)
        {
            _api.HAProxy.Configure(backend, ("blue1", 1), ("green1", 1));
            _api.HAProxy.Persist(backend, persistence);
        }
        _loadBalancer = new HAProxyLoadBalancer(new RuntimeApiClient(RuntimeApiAddress.Parse(_api.Address), Patient.Options));
        return Task.CompletedTask;
    }

    public override async Task DisposeAsync() => await _api.DisposeAsync();

    protected override Task RestartAsync()
    {
        _api.HAProxy.Restart();
        return Task.CompletedTask;
    }

    protected override Task StopAsync() => _api.RefuseAsync();

    protected override Task SetHealthAsync(string backend, string server, ServerHealth health)
    {
        _api.HAProxy.SetHealth(backend, server, health);
        return Task.CompletedTask;
    }
}

public sealed class FakeRuntimeApiOnUnixSocketTests() : FakeRuntimeApiContract(tcp: false);

public sealed class FakeRuntimeApiOnTcpTests() : FakeRuntimeApiContract(tcp: true);

/// <summary>The load balancer over a real HAProxy.</summary>
public abstract class RealHAProxyContract : LoadBalancerContract
{
    private HAProxyProcess? _haproxy;
    private HAProxyLoadBalancer? _loadBalancer;

    protected override ILoadBalancer LoadBalancer => _loadBalancer!;

    protected HAProxyProcess HAProxy => _haproxy!;

    public override async Task InitializeAsync()
    {
        var port = FreePorts.Take();
        _haproxy = await HAProxyProcess.StartAsync(
            new HAProxySetup
            {
                Backends = [.. Layout.Select(b => new HAProxyBackend(b.Key, [], [.. b.Value.Select(s => new HAProxyServer(s.Name, port, s.Weight, Checked: false))]))],
                ExtraConfiguration = string.Concat(Persisting.Select(b => Configure(b.Key, b.Value, port))),
            },
            CancellationToken.None);
        _loadBalancer = new HAProxyLoadBalancer(new RuntimeApiClient(RuntimeApiAddress.Parse(HAProxy.RuntimeApiSocket), Patient.Options));
    }

    public override async Task DisposeAsync()
    {
        if (_haproxy is not null) await _haproxy.DisposeAsync();
    }

    private static string Configure(string backend, Persistence persistence, int port) => $"""
        backend {backend}
            {(persistence.Cookie is { } cookie ? $"cookie {cookie} insert indirect nocache" : "")}
            {(persistence.StickTable ? "stick-table type ip size 1k expire 10m\n    stick on src" : "")}
            server blue1 127.0.0.1:{port} {(persistence.Cookie is null ? "" : "cookie b")}
            server green1 127.0.0.1:{port} {(persistence.Cookie is null ? "" : "cookie g")}

        """;

    protected override Task StopAsync() => HAProxy.StopAsync();

    protected override async Task SetHealthAsync(string backend, string server, ServerHealth health)
    {
        var state = health switch { ServerHealth.Maintenance => "maint", ServerHealth.Draining => "drain", _ => "ready" };
        (await HAProxy.AskAsync($"set server {backend}/{server} state {state}", CancellationToken.None)).ShouldBe("\n");
    }
}

public sealed class ReloadedHAProxyTests : RealHAProxyContract
{
    protected override Task RestartAsync() => HAProxy.ReloadAsync(CancellationToken.None);
}

public sealed class KilledHAProxyTests : RealHAProxyContract
{
    protected override Task RestartAsync() => HAProxy.RestartAsync(CancellationToken.None);
}
