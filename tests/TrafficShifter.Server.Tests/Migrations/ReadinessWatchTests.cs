using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Migrations;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Migrations;

/// <summary>Looks beside a migration's turns: probes by real requests to a receiver on loopback.</summary>
public sealed class ReadinessWatchTests : IAsyncLifetime
{
    private RunningServer _server = null!;
    private Receiver _receiver = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        _server = await RunningServer.StartNewAsync();
        await _server.StopAsync();
        await _server.StartAsync(more: ["--Egress:Networks=127.0.0.0/8"]);
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task What_is_slow_before_its_move_keeps_no_look_at_what_moves_waiting()
    {
        var end = new TaskCompletionSource();
        _receiver.Answer = http => http.Request.Path.StartsWithSegments("/shop") ? Task.CompletedTask : Task.WhenAny(end.Task, Task.Delay(Timeout.Infinite, http.RequestAborted));
        List<Move> moves = [.. Enumerable.Range(1, 20).Select(i => MoveOf($"app{i}", MovePhase.NotReady)), MoveOf("shop", MovePhase.Moving)];
        foreach (var move in moves) await PutAsync(move.App);
        using var watch = new ReadinessWatch(_server.Services.GetRequiredService<ReadinessReader>());

        watch.Ask(moves, null);
        await _server.EventuallyAsync(() => watch.Seen.ContainsKey(AppName.Parse("shop")), "a look at what moves");
        end.SetResult();
    }

    [Fact]
    public async Task A_look_that_fails_is_a_finding()
    {
        await PutAsync(AppName.Parse("shop"), ""","queries":[{"name":"drops","query":"drops","max":0}]""");
        using var reader = ActivatorUtilities.CreateInstance<ReadinessReader>(_server.Services, new FailingMetrics());
        using var watch = new ReadinessWatch(reader);

        watch.Ask([MoveOf("shop", MovePhase.NotReady)], null);
        await _server.EventuallyAsync(() => watch.Seen.ContainsKey(AppName.Parse("shop")), "a look");
        var seen = watch.Seen[AppName.Parse("shop")];
        (seen.Ready, seen.Sentence).ShouldBe((false, "not known to be ready: it could not be looked at: no such thing"));
    }

    private static Move MoveOf(string app, MovePhase phase) => new() { Migration = "m1", App = AppName.Parse(app), Wave = 0, Rank = 0, To = Colour.Green, Phase = phase, At = default };

    private async Task PutAsync(AppName app, string more = "")
    {
        _server.LoadBalancer.HAProxy.Configure($"{app}_back", ("blue1", 100), ("green1", 100));
        (await _server.PutAsync($"/api/v1/apps/{app}", $$$"""{"routing":{"backend":"{{{app}}}_back"},"preflight":{"probe":{"url":"http://127.0.0.1:{{{_receiver.Port}}}/{{app}}/{{colour}}"}{{{more}}}}}""")).ShouldBe(System.Net.HttpStatusCode.Created);
        await _server.EventuallyAsync(() => _server.Services.GetRequiredService<Server.Traffic.TrafficFollower>().Current.Find(app).Exists, $"{app} is known");
    }

    private sealed class FailingMetrics : IMetricSource
    {
        public string Name => "failing";

        public Task<QueryAnswer> QueryAsync(string query, CancellationToken cancellationToken) => throw new InvalidOperationException("no such thing");

        public Task<QueryAnswer> QueryAsync(string query, DateTimeOffset at, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<SeriesAnswer> QuerySeriesAsync(string query, DateTimeOffset at, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<SeriesAnswer> QueryRangeAsync(string query, SeriesRange range, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<DateTimeOffset> GetTimeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
