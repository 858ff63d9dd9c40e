using System.Text.Json.Nodes;

namespace TrafficShifter.Demo.Show;

/// <summary>The plan of both rollouts, and the registration of the application that it moves.</summary>
internal static class DemoPlan
{
    private const string Servers = """proxy="{{backend}}",server=~"{{server}}" """;

    /// <summary>Errors that HAProxy made itself (refused and broken connections) are not in a server's responses: they are added.</summary>
    private static readonly string Errors =
        $$"""sum(increase(haproxy_server_http_responses_total{code="5xx",{{Servers}}}[{{Window}}])) + sum(increase(haproxy_server_connection_errors_total{{{Servers}}}[{{Window}}])) + sum(increase(haproxy_server_response_errors_total{{{Servers}}}[{{Window}}]))""";

    private static readonly string Requests =
        $$"""sum(increase(haproxy_server_http_responses_total{{{Servers}}}[{{Window}}])) + sum(increase(haproxy_server_connection_errors_total{{{Servers}}}[{{Window}}])) + sum(increase(haproxy_server_response_errors_total{{{Servers}}}[{{Window}}]))""";

    private const string Window = "{{window}}";

    public static JsonObject App(string backend) => new()
    {
        ["hosts"] = new JsonArray(Stack.LocalStack.Host),
        ["owners"] = new JsonArray("team-shop"),
        ["routing"] = new JsonObject
        {
            ["kind"] = "weights",
            ["backend"] = backend,
            ["blue"] = new JsonObject { ["prefix"] = "blue" },
            ["green"] = new JsonObject { ["prefix"] = "green" },
        },
    };

    public static JsonObject Plan() => new()
    {
        ["name"] = "demo",
        ["steps"] = new JsonArray(Step("5%"), Step("25%"), Step("50%"), Step("100%")),
        ["checks"] = new JsonArray(
            new JsonObject
            {
                ["name"] = "error-ratio", ["query"] = $"({Errors}) / ({Requests})", ["max"] = 0.02,
                ["sampleQuery"] = Requests, ["minRequests"] = 20, ["window"] = "6s", ["interval"] = "2s", ["failuresInARow"] = 2,
            },
            new JsonObject
            {
                ["name"] = "response-time", ["query"] = $"max(haproxy_server_response_time_average_seconds{{{Servers}}})", ["max"] = 0.25,
                ["window"] = "6s", ["interval"] = "2s", ["failuresInARow"] = 2,
            }),
        ["stepDeadline"] = "2m",
        ["deadline"] = "10m",
    };

    private static JsonObject Step(string share) => new() { ["share"] = share, ["hold"] = "10s" };
}
