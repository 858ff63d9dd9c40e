using System.Text.Json.Nodes;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Dashboard;

public sealed class OpenApiTests
{
    [Fact]
    public async Task The_dashboards_types_are_made_from_the_API_as_it_is()
    {
        await using var server = await RunningServer.StartNewAsync();
        var document = (await server.GetAsync("/openapi/v1.json")).Json!.AsObject();
        WithoutTags(document);
        var committed = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(PeerLocator.RepositoryRoot, "src", "TrafficShifter.Dashboard", "openapi.json")))!.AsObject();
        WithoutTags(committed);

        foreach (var path in document["paths"]!.AsObject().Select(p => p.Key).Union(committed["paths"]!.AsObject().Select(p => p.Key)))
            JsonNode.DeepEquals(document["paths"]![path], committed["paths"]![path]).ShouldBeTrue($"{path} is another one in src/TrafficShifter.Dashboard/openapi.json; `./dev dashboard` makes it anew");
        foreach (var type in document["components"]!["schemas"]!.AsObject().Select(p => p.Key))
            JsonNode.DeepEquals(document["components"]!["schemas"]![type], committed["components"]!["schemas"]![type]).ShouldBeTrue($"{type} is another one in src/TrafficShifter.Dashboard/openapi.json; `./dev dashboard` makes it anew");
    }

    [Fact]
    public async Task What_is_written_as_a_text_is_a_text_in_the_document()
    {
        await using var server = await RunningServer.StartNewAsync();
        var schemas = (await server.GetAsync("/openapi/v1.json")).Json!["components"]!["schemas"]!;

        schemas["Share"]!["type"]!.GetValue<string>().ShouldBe("string");
        schemas["AppName"]!["type"]!.GetValue<string>().ShouldBe("string");
        schemas["RolloutAnswer"]!["properties"]!["stepHold"]!["type"]!.GetValue<string>().ShouldBe("string");
        schemas["RolloutId"]!["type"]!.GetValue<string>().ShouldBe("string");
    }

    /// <summary>Some tags are the name of the program, which is another one in a test.</summary>
    private static void WithoutTags(JsonObject document)
    {
        foreach (var call in document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Select(c => c.Value).OfType<JsonObject>()) call.Remove("tags");
    }
}
