using System.Net;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Migrations;

/// <summary>What is measured of a migration follows what people say.</summary>
public sealed class MigrationMetricsTests : IAsyncLifetime
{
    private const string Move = "/api/v1/migrations/move";
    private readonly ManualTime _time = new();
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartNewAsync(_time);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_phase_that_is_measured_is_the_one_that_a_person_set()
    {
        _server.LoadBalancer.HAProxy.Configure("a_back", ("blue1", 100), ("green1", 100));
        (await _server.PutAsync("/api/v1/apps/a", """{"routing":{"backend":"a_back"},"plan":"fast"}""")).ShouldBe(HttpStatusCode.Created);
        (await _server.PutAsync(Move, """{"to":"green","waves":[{"name":"all","gate":"approve","select":{"apps":["a"]}}]}""")).ShouldBe(HttpStatusCode.Created);
        (await _server.PostAsync(Move + "/start")).ShouldBe(HttpStatusCode.OK);
        await UntilMeasuredAsync("running");
        await _server.EventuallyAsync(Move, m => m["waves"]![0]!["phase"]!.GetValue<string>() == "gate", "the gate");
        (await _server.PostAsync(Move + "/reject")).ShouldBe(HttpStatusCode.OK);
        await UntilMeasuredAsync("stopped");
        (await _server.PostAsync(Move + "/resume")).ShouldBe(HttpStatusCode.OK);
        await UntilMeasuredAsync("running");
    }

    private Task UntilMeasuredAsync(string phase) => _server.EventuallyAsync(
        () => _server.GetAsync("/metrics").Result.Text.Contains($"trafficshifter_migration_phase{{migration=\"move\",phase=\"{phase}\"}} 1\n", StringComparison.Ordinal), $"{phase}, as it is measured");
}
