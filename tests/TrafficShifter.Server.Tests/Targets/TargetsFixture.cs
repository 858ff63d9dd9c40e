using System.Net;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.Server.Tests.Targets;

/// <summary>A server whose node has the pool "web".</summary>
public abstract class TargetsFixture : IAsyncLifetime
{
    internal const string Shop = "/api/v1/apps/shop";
    internal const string Targets = Shop + "/targets";

    private protected RunningServer Server { get; private set; } = null!;

    private protected SimulatedMaps Maps => Server.LoadBalancer.HAProxy.Maps;

    public virtual async Task InitializeAsync()
    {
        Server = await RunningServer.StartNewAsync(Time);
        Server.LoadBalancer.HasMaps = true;
        Server.LoadBalancer.HAProxy.Configure("web_blue", ("s1", 100));
        Server.LoadBalancer.HAProxy.Configure("web_green", ("s1", 100));
        await RegisterAsync("shop");
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    private protected virtual TimeProvider? Time => null;

    private protected async Task<Answer> RegisterAsync(string app, string groups = "[\"staff\",\"beta\"]")
    {
        var answer = (await Server.PutAsync($"/api/v1/apps/{app}", Definition(app, groups))).ShouldBe(HttpStatusCode.Created);
        await Server.EventuallyAsync($"/api/v1/apps/{app}/status", status => status["observed"]!.GetValue<bool>(), $"{app} observed");
        return answer;
    }

    private protected static string Definition(string app, string groups) => $$$"""{"hosts":["{{{app}}}.test"],"groups":{{{groups}}},"routing":{"kind":"map","pool":"web"}}""";

    /// <summary>The body that sends this many users to green.</summary>
    private protected static string Users(int count, string name = "user") =>
        new JsonObject { ["users"] = new JsonObject(Enumerable.Range(0, count).Select(i => KeyValuePair.Create($"{name}-{i:D5}", (JsonNode?)"green"))) }.ToJsonString();

    private protected string? RowOf(string user) => Maps.Find(MapFile.Users, $"{user}|shop");

    private protected async Task<IReadOnlyList<string>> ChunksAsync() =>
        [.. (await Server.Store.ListAsync("target-chunks/", CancellationToken.None)).Entries.Select(e => e.Key)];
}
