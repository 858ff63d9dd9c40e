using System.Net;
using System.Net.Http.Headers;
using System.Text;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Security;

/// <summary>An operation as the OpenAPI document has it.</summary>
/// <param name="Role">The least role that may; <c>anybody</c>: no token is needed.</param>
public sealed record Operation(string Method, string Path, string Verb, string Role, string Reach)
{
    public bool NamesAnApp => Path.Contains("{app}", StringComparison.Ordinal) || Path.Contains("{id}", StringComparison.Ordinal);

    public override string ToString() => $"{Method} {Path} {Verb} {Role} {Reach}";
}

/// <summary>A server with the applications shop, of nobody, and blog, of press; and a token for each kind of caller.</summary>
public sealed class PermissionsFixture : IAsyncLifetime
{
    private readonly Dictionary<string, string> _secrets = [];

    internal RunningServer Server { get; private set; } = null!;

    public IReadOnlyList<Operation> Operations { get; private set; } = [];

    /// <summary>What each caller's token is made with.</summary>
    internal static IReadOnlyDictionary<string, string> Callers { get; } = new Dictionary<string, string>
    {
        ["viewer-of-all"] = """{"role":"viewer"}""",
        ["operator-of-all"] = """{"role":"operator"}""",
        ["admin-of-all"] = """{"role":"admin"}""",
        ["viewer-of-shop"] = """{"role":"viewer","apps":["sh*"]}""",
        ["operator-of-shop"] = """{"role":"operator","apps":["shop"]}""",
        ["admin-of-shop"] = """{"role":"admin","apps":["shop"]}""",
        ["operator-of-press"] = """{"role":"operator","owners":["press"]}""",
        ["ci-of-shop"] = """{"role":"operator","apps":["shop"],"verbs":["start","pause"]}""",
        ["roller"] = """{"role":"admin","verbs":["rollback-all"]}""",
    };

    public async Task InitializeAsync()
    {
        Server = await RunningServer.StartNewAsync();
        await Server.RegisterShopAsync();
        Server.LoadBalancer.HAProxy.Configure("blog_back", ("blue1", 100), ("green1", 100));
        (await Server.PutAsync("/api/v1/apps/blog", """{"owners":["press"],"routing":{"backend":"blog_back"}}""")).ShouldBe(HttpStatusCode.Created);
        await Server.EventuallyAsync("/api/v1/apps/blog/status", s => s["observed"]!.GetValue<bool>(), "blog observed");
        foreach (var (name, limits) in Callers)
            _secrets[name] = (await Server.PostAsync("/api/v1/tokens", $$"""{"name":"{{name}}",{{limits[1..]}}""")).ShouldBe(HttpStatusCode.Created)["secret"].GetValue<string>();
        Operations = Read(await Server.GetAsync("/openapi/v1.json"));
        // What is permitted must change nothing while all callers are tried: from now on every write fails, and every body is wrong.
        Server.Store.GoAway();
    }

    public async Task DisposeAsync() => await Server.DisposeAsync();

    /// <param name="caller">Null: nobody.</param>
    internal async Task<Answer> CallAsync(Operation operation, string app, string? caller)
    {
        using var client = new HttpClient { BaseAddress = Server.Address };
        var path = operation.Path.Replace("{app}", app, StringComparison.Ordinal).Replace("{id}", $"{app}-01jd2x3y4z5a6b7c8d9e0f1g2h", StringComparison.Ordinal)
            .Replace("{user}", "dora", StringComparison.Ordinal).Replace("{name}", "some", StringComparison.Ordinal).Replace("{node}", "nobody", StringComparison.Ordinal)
            .Replace("{colour}", "green", StringComparison.Ordinal).Replace("{sink}", "ops", StringComparison.Ordinal).Replace("{token}", "none", StringComparison.Ordinal);
        path.ShouldNotContain("{");
        using var request = new HttpRequestMessage(HttpMethod.Parse(operation.Method), path);
        if (operation.Method != "GET") request.Content = new StringContent("[]", Encoding.UTF8, "application/json");
        if (caller is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _secrets[caller]);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return await Answer.ReadAsync(response);
    }

    private static IReadOnlyList<Operation> Read(Answer document) =>
        [.. from path in document["paths"].AsObject()
            from call in path.Value!.AsObject()
            select new Operation(call.Key.ToUpperInvariant(), path.Key, Text(call.Value!, "x-verb"), Text(call.Value!, "x-role"), Text(call.Value!, "x-reach"))];

    private static string Text(System.Text.Json.Nodes.JsonNode operation, string name) => operation[name]?.GetValue<string>() ?? $"(no {name})";
}
