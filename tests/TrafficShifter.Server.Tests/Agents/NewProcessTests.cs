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

/// <summary>A HAProxy that began anew, met while one application changes: the others have the weights of its file.</summary>
public sealed class NewProcessTests : IAsyncLifetime, IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly string _folder = Directory.CreateTempSubdirectory("new-process-").FullName;
    private readonly InMemoryLoadBalancer _haproxy = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly NodeAgent _agent;
    private TrafficSnapshot _snapshot = TrafficSnapshot.Empty;
    private Task _running = Task.CompletedTask;

    public NewProcessTests()
    {
        foreach (var backend in (string[])["shop", "cart"]) _haproxy.HAProxy.Configure(backend, ("blue1", 100), ("green1", 100));
        var metrics = new AgentMetrics(_services.GetRequiredService<IMeterFactory>());
        // A clock that stands still: nothing happens by a timer. It began a while ago: its 0 means never.
        var time = new ManualTime();
        time.Advance(TimeSpan.FromHours(1));
        _agent = new NodeAgent("hap1", _haproxy, new AgentOptions(), new ServerOptions { DataDirectory = _folder }, metrics, time, NullLogger<NodeAgent>.Instance);
    }

    public Task InitializeAsync()
    {
        _running = _agent.RunAsync(_stop.Token);
        return Task.CompletedTask;
    }

    public void Dispose() => _stop.Dispose();

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task All_applications_are_set_again_and_not_only_the_one_that_changed()
    {
        await ShiftAsync(("shop", 100), ("cart", 100));
        Green("cart").ShouldBe(0);
        _haproxy.HAProxy.Restart();
        Green("cart").ShouldBe(100, "the file's weight");

        await ShiftAsync(("shop", 50));

        Green("cart").ShouldBe(0);
        Green("shop").ShouldBe(_haproxy.HAProxy.WeightOf("shop", "blue1"));
        _agent.Process.ShouldBe(_haproxy.HAProxy.Process);
    }

    private int Green(string app) => _haproxy.HAProxy.WeightOf(app, "green1");

    private async Task ShiftAsync(params (string App, int Blue)[] shifts)
    {
        var index = _snapshot.Index + 1;
        _snapshot = _snapshot.With([.. shifts.SelectMany(shift => Documents(AppName.Parse(shift.App), shift.Blue, index))], index);
        var offer = _agent.Offer(_snapshot, shifts.Select(s => AppName.Parse(s.App)).ToHashSet());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        (await _agent.ApplyAsync(offer, TimeSpan.FromDays(1), patience.Token)).ShouldBeTrue();
    }

    private static IEnumerable<(string Key, Entry? Entry)> Documents(AppName app, int blue, ulong index) =>
        new[]
        {
            new Entry(Keys.App(app), DocumentJson.Write(new AppDefinition { Name = app, Routing = new Routing { Backend = ProxyName.Parse(app.Value) }.WithDefaults() }), index),
            new Entry(Keys.StateOf(app), DocumentJson.Write(new AppState { Stable = Colour.Blue }), index),
            new Entry(Keys.WeightsOf(app), DocumentJson.Write(new Weights { Blue = blue, Green = 100 - blue }), index),
        }.Select(e => (e.Key, (Entry?)e));
}
