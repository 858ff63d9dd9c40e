using TrafficShifter.EndToEnd.Tests.Stack;
using TrafficShifter.Testing;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests.Examples;

/// <summary><c>examples/cilium-migration</c> as people get it.</summary>
[Trait("HAProxy", "any")]
public sealed class CiliumMigrationTests(CiliumMigrationTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<CiliumMigrationTests.Fixture>
{
    private static readonly string[] Apps = ["blog", "wiki", "cart", "checkout"];
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Every_application_moves_and_what_green_lacked_was_deployed_by_the_pipeline()
    {
        var now = DateTimeOffset.UtcNow;
        await _stack.VictoriaMetrics.ImportAsync(new ClusterMetrics().Between(now.AddMinutes(-10), now.AddMinutes(10), Apps).Lines);
        await _stack.VictoriaMetrics.FlushAsync();
        await using var clusters = await Clusters.StartAsync("registry/app:2");
        clusters.Run("green", "cart", "registry/app:1");
        using var example = new Example(_stack, "cilium-migration", ("{{colour}}.ingress.example.com", clusters.Address + "/{{colour}}"), ("https://ci.example.com", $"http://{clusters.Address}"));
        var loads = Apps.Select(app => _stack.Load(app, 50)).ToList();

        var (code, said) = await example.RunAsync("run.sh", [], ("APPROVE", "a test looked at it"));
        output.WriteLine(said);

        code.ShouldBe(0, said);
        foreach (var app in Apps) (await _stack.GreenAsync(app)).ShouldBe([100m, 100m], app);
        foreach (var load in loads)
        {
            var report = await load.StopAsync();
            (report.Failures, report.Requests > 0).ShouldBe((0, true), $"{report}");
        }
        clusters.Received.Where(r => r.Method == "POST").Select(r => r.Path).ShouldBe(["/deploy/cart"]);
        said.ShouldContain("green is of version registry/app:1, blue of registry/app:2");
        var probes = await _stack.Api.SendAsync(HttpMethod.Get, "migrations/to-cilium/probes");
        (probes.Body.GetProperty("apps").GetArrayLength(), probes.Body.GetProperty("blue").GetProperty("failures").GetInt32(), probes.Body.GetProperty("green").GetProperty("failures").GetInt32()).ShouldBe((4, 0, 0), probes.ToString());
        var approved = (await _stack.Api.SendAsync(HttpMethod.Get, "history?kind=migration.approved")).Body[0];
        approved.GetProperty("reason").GetString().ShouldBe("a test looked at it");
        File.ReadAllText(Path.Combine(example.Folder, "migration.yaml")).ShouldContain("goldpinger-unhealthy");
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [.. Apps.Select(app => new Backend(app))], Settings = new Dictionary<string, string> { ["Egress:Networks"] = "127.0.0.0/8" } });
}
