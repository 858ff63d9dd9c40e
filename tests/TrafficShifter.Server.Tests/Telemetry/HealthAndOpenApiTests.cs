using System.Net;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Telemetry;

public sealed class HealthAndOpenApiTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Health_needs_no_token_and_tells_nothing_of_applications()
    {
        using var stranger = new HttpClient { BaseAddress = _server.Address };

        (await stranger.GetStringAsync("/healthz")).ShouldBe("ok\n");
        (await stranger.GetStringAsync("/readyz")).ShouldBe("""{"ready":true,"notReady":[]}""");
    }

    [Fact]
    public async Task The_OpenAPI_document_lists_every_call_with_a_summary_and_an_id_of_its_own()
    {
        var document = (await _server.GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK);

        var listed = document["paths"].AsObject().SelectMany(path => path.Value!.AsObject().Select(call => (Call: $"{call.Key.ToUpperInvariant()} {path.Key}", Operation: call.Value!))).ToList();
        listed.Select(c => c.Call).ShouldBe(Routes(), ignoreOrder: true);
        listed.ShouldAllBe(c => c.Operation["summary"]!.GetValue<string>().Length > 0);
        listed.Select(c => c.Operation["operationId"]!.GetValue<string>()).ShouldBeUnique();
        listed.Count.ShouldBeGreaterThanOrEqualTo(20);
    }

    private IEnumerable<string> Routes() =>
        from endpoint in _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where endpoint.RoutePattern.RawText!.StartsWith("/api/v1", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
        select $"{method} {endpoint.RoutePattern.RawText}";
}
