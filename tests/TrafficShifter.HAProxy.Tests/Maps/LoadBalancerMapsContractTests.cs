using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Testing.Contracts;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.HAProxy.Tests.Maps;

public sealed class RealMapsTests : LoadBalancerMapsContract
{
    private MapNode _node = null!;
    private HAProxyLoadBalancer _loadBalancer = null!;

    protected override ILoadBalancer LoadBalancer => _loadBalancer;

    public override async Task InitializeAsync()
    {
        _node = await MapNode.StartAsync();
        _loadBalancer = new HAProxyLoadBalancer(_node.Client, _node.Process.MapsFolder);
    }

    public override async Task DisposeAsync() => await _node.DisposeAsync();

    protected override Task RestartAsync() => _node.Process.ReloadAsync(CancellationToken.None);

    [Fact]
    public async Task Files_that_somebody_wrote_are_written_again_only_when_they_are_looked_at_anew()
    {
        var maps = _loadBalancer.Maps!;
        maps.Keep(MapImage.Empty, anew: true);
        var apps = _node.Files.PathOf(MapFile.Apps);
        await File.WriteAllTextAsync(apps, "shop g.10000.web.shop\n");

        maps.Keep(MapImage.Empty, anew: false);
        (await File.ReadAllTextAsync(apps)).ShouldNotBeEmpty();
        maps.Keep(MapImage.Empty, anew: true);
        (await File.ReadAllTextAsync(apps)).ShouldBeEmpty();
    }
}

public sealed class SimulatedMapsTests : LoadBalancerMapsContract
{
    private readonly InMemoryLoadBalancer _loadBalancer = new() { HasMaps = true };

    protected override ILoadBalancer LoadBalancer => _loadBalancer;

    public override Task InitializeAsync() => Task.CompletedTask;

    public override Task DisposeAsync() => Task.CompletedTask;

    protected override Task RestartAsync()
    {
        _loadBalancer.HAProxy.Restart();
        return Task.CompletedTask;
    }
}
