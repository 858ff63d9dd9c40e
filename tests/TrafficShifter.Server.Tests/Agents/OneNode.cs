using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Testing;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.Server.Tests.Agents;

/// <summary>One agent and a HAProxy with the backends <c>shop</c> and <c>cart</c>, offered what is wanted. Its clock stands still: nothing happens by a timer.</summary>
public abstract class OneNode : IAsyncLifetime, IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly string _folder = Directory.CreateTempSubdirectory("one-node-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private TrafficSnapshot _snapshot = TrafficSnapshot.Empty;
    private Task _running = Task.CompletedTask;

    protected OneNode()
    {
        foreach (var backend in (string[])["shop", "cart"]) LoadBalancer.HAProxy.Configure(backend, ("blue1", 100), ("green1", 100));
        var metrics = new AgentMetrics(_services.GetRequiredService<IMeterFactory>());
        // It began a while ago: its 0 means never.
        var time = new ManualTime();
        time.Advance(TimeSpan.FromHours(1));
        Agent = new NodeAgent("hap1", LoadBalancer, new AgentOptions(), new ServerOptions { DataDirectory = _folder }, metrics, time, NullLogger<NodeAgent>.Instance);
    }

    protected InMemoryLoadBalancer LoadBalancer { get; } = new();

    protected SimulatedHAProxy HAProxy => LoadBalancer.HAProxy;

    protected NodeAgent Agent { get; }

    public Task InitializeAsync()
    {
        _running = Agent.RunAsync(_stop.Token);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    protected int Green(string app) => HAProxy.WeightOf(app, "green1");

    protected int Blue(string app) => HAProxy.WeightOf(app, "blue1");

    /// <summary>Offers blue's shares, in percent, and waits until they were brought to HAProxy, or were tried.</summary>
    protected async Task ShiftAsync(params (string App, int Blue)[] shifts)
    {
        var index = _snapshot.Index + 1;
        _snapshot = _snapshot.With([.. shifts.SelectMany(shift => Documents(AppName.Parse(shift.App), shift.Blue, index))], index);
        var offer = Agent.Offer(_snapshot, shifts.Select(s => AppName.Parse(s.App)).ToHashSet());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        (await Agent.ApplyAsync(offer, TimeSpan.FromDays(1), patience.Token)).ShouldBeTrue();
    }

    /// <summary>Definition and state are written once.</summary>
    private IEnumerable<(string Key, Entry? Entry)> Documents(AppName app, int blue, ulong index)
    {
        var weights = new Entry(Keys.WeightsOf(app), DocumentJson.Write(new Weights { Blue = blue, Green = 100 - blue }), index);
        if (_snapshot.Find(app).Exists) return [(weights.Key, weights)];
        return new[]
        {
            new Entry(Keys.App(app), DocumentJson.Write(new AppDefinition { Name = app, Routing = new Routing { Backend = ProxyName.Parse(app.Value) }.WithDefaults() }), index),
            new Entry(Keys.StateOf(app), DocumentJson.Write(new AppState { Stable = Colour.Blue }), index),
            weights,
        }.Select(e => (e.Key, (Entry?)e));
    }
}
