using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Propagation;

/// <summary>Applications written into Consul before any server starts, in transactions of 64.</summary>
internal static class SeededConsul
{
    /// <summary>The prefix of the installation, the server's default.</summary>
    public const string Prefix = "traffic-shifter/";

    private const int OperationsAtOnce = 64;

    public static string NameOf(int app) => $"app{app}";

    /// <summary>The applications, each on the backend of its own name: all that the API writes when it registers them, but for the feed.</summary>
    public static IEnumerable<(string Key, string Value)> Applications(int count) => Enumerable.Range(1, count).SelectMany(app =>
    {
        var name = AppName.Parse(NameOf(app));
        var definition = new AppDefinition { Name = name, Routing = new Routing { Backend = ProxyName.Parse(name.Value) }.WithDefaults() };
        var note = new ChangeNote(string.Create(CultureInfo.InvariantCulture, $"seed-{app:D20}"), "bench", "registered", DateTimeOffset.UnixEpoch);
        return TrafficChanges.Save(new AppTraffic(name), definition, Colour.Blue, note).Changes.Select(change => change switch
        {
            Change.Put put => (Prefix + put.Key, put.Value),
            Change.Set set => (Prefix + set.Key, set.Value),
            _ => throw new InvalidOperationException($"{change} is not written by a registration"),
        });
    });

    public static async Task WriteAsync(Uri consul, IEnumerable<(string Key, string Value)> documents, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = consul };
        foreach (var some in documents.Chunk(OperationsAtOnce))
        {
            var operations = new JsonArray([.. some.Select(d => Set(d.Key, d.Value))]);
            using var body = new StringContent(operations.ToJsonString(), Encoding.UTF8, "application/json");
            using var answer = await http.PutAsync("/v1/txn", body, cancellationToken);
            if (!answer.IsSuccessStatusCode) throw new PeerException($"Consul did not take the applications: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    public static JsonObject Set(string key, string value) =>
        new() { ["KV"] = new JsonObject { ["Verb"] = "set", ["Key"] = key, ["Value"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value)) } };
}
