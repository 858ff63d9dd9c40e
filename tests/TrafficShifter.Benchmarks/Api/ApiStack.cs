using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Api;

/// <summary>Consul with its data on disk, an api, and beside HAProxy an agent in a process of its own.</summary>
internal sealed class ApiStack : IAsyncDisposable
{
    private const string Key = "a-key-that-the-bench-and-its-agents-share";
    private readonly Stack<IAsyncDisposable> _parts = new();

    public required IReadOnlyList<string> Apps { get; init; }

    public ServerProcess Server { get; private set; } = null!;

    public ConsulProcess Consul { get; private set; } = null!;

    public string Token { get; private set; } = "";

    public ILoadOf Ours { get; private set; } = null!;

    public ILoadOf Raw { get; private set; } = null!;

    public static async Task<ApiStack> StartAsync(int apps, CancellationToken cancellationToken)
    {
        var stack = new ApiStack { Apps = [.. Enumerable.Range(0, apps).Select(DashboardFleet.Name)] };
        try
        {
            await stack.LaunchAsync(apps, cancellationToken);
            return stack;
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part)) await part.DisposeAsync();
    }

    private async Task LaunchAsync(int apps, CancellationToken cancellationToken)
    {
        Consul = Keep(await ConsulProcess.StartAsync(new ConsulSetup { Persistent = true }, cancellationToken));
        await DashboardFleet.WriteAsync(Consul.Address, apps, cancellationToken);
        var haproxy = Keep(await HAProxyProcess.StartAsync(new HAProxySetup { Backends = [.. Enumerable.Range(0, apps).Select(DashboardFleet.Backend)] }, cancellationToken));
        var setup = new ServerSetup { Name = "server", Roles = "api,controller", Consul = Consul.Address, AgentKey = Key };
        Server = Keep(await ServerProcess.StartAsync(setup, cancellationToken));
        Token = await Server.ReadAdminTokenAsync(cancellationToken);
        Keep(await ServerProcess.StartAsync(setup with { Name = "agent", Roles = "agent", Nodes = [new ServerNode("hap1", haproxy.RuntimeApiSocket)] }, cancellationToken));
        Ours = new OurLoad(Server, Token, apps);
        Raw = new RawLoad(Consul, apps);
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
