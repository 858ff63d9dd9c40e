using System.Diagnostics;
using System.Text.Json;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Leaks;

/// <summary>Looks through a soak at what every part of a stack holds, between two rounds, when nothing is under way.</summary>
internal sealed class LeakWatch(FaultStack stack) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Kept on purpose, each up to a number or an age of its own.</summary>
    private static readonly string[] KeptKeys = ["history", "outbox", "rollouts", "overrides", "deliveries", "dead-letters"];

    /// <summary>Files come and go while they are counted.</summary>
    private static readonly EnumerationOptions Ignoring = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly Dictionary<Resource, List<LeakSample>> _samples = [];
    private readonly long _began = Stopwatch.GetTimestamp();
    private TimeSpan _last = -Interval;

    /// <summary>Looks, when the last look is a minute ago.</summary>
    public async Task SampleAsync(CancellationToken cancellationToken)
    {
        var at = Stopwatch.GetElapsedTime(_began);
        if (at - _last < Interval) return;
        _last = at;
        foreach (var server in stack.Servers.Concat(stack.Agents)) await SampleAsync(server, at, cancellationToken);
        SampleOurselves(at);
        var consul = stack.Consul.Servers.First(s => s.Pid != 0).Address;
        await NoteAsync(new Resource("consul", "sessions", new Tolerance(5, 0)), at, new Uri(consul, "v1/session/list"), root => root.GetArrayLength(), cancellationToken);
        await NoteAsync(new Resource("consul", "keys", new Tolerance(30, 0.1)), at, new Uri(consul, "v1/kv/traffic-shifter/?keys"), CountKeys, cancellationToken);
        await NoteAsync(new Resource("victoria-metrics", "series", new Tolerance(200, 0.2)), at, new Uri(stack.VictoriaMetrics.Address, "api/v1/status/tsdb"), root => root.GetProperty("data").GetProperty("totalSeries").GetDouble(), cancellationToken);
    }

    /// <summary>A sentence for each resource that grew; none after a soak too short to tell.</summary>
    public IReadOnlyList<string> FindLeaks() => [.. _samples.Select(s => SlopeTest.FindLeak(s.Key, s.Value)).OfType<string>()];

    public void Dispose() => _http.Dispose();

    private async Task SampleAsync(ServerProcess server, TimeSpan at, CancellationToken cancellationToken)
    {
        if (server.HasExited) return;
        await ForcedCollection.AskAsync(server.Pid, cancellationToken);
        if (ProcessResources.Find(server.Pid) is not { } found) return;
        Note(new Resource(server.Name, "resident megabytes", new Tolerance(30, 0.2)), at, found.Megabytes);
        Note(new Resource(server.Name, "file handles", new Tolerance(20, 0.1)), at, found.Handles);
        Note(new Resource(server.Name, "sockets", new Tolerance(15, 0.1)), at, found.Sockets);
        Note(new Resource(server.Name, "threads", new Tolerance(15, 0.1)), at, found.Threads);
    }

    /// <summary>The relays are in this process: a connection that nobody ends is held by them too. Every program that runs is a descendant of it.</summary>
    private void SampleOurselves(TimeSpan at)
    {
        GC.Collect();
        if (ProcessResources.Find(Environment.ProcessId) is not { } found) return;
        var harness = new Resource("harness", "file handles", new Tolerance(40, 0.2));
        Note(harness, at, found.Handles);
        Note(harness with { Name = "sockets" }, at, found.Sockets);
        Note(harness with { Name = "resident megabytes", Tolerance = new Tolerance(100, 0.3) }, at, found.Megabytes);
        Note(new Resource("stack", "processes", new Tolerance(3, 0)), at, ProcessResources.CountDescendants(Environment.ProcessId));
        Note(new Resource("stack", "files of our programs", new Tolerance(20, 0.1)), at, Directory.EnumerateFiles(stack.DirectoryOf("."), "*", Ignoring).Count());
    }

    /// <summary>A peer that does not answer now has no sample of now.</summary>
    private async Task NoteAsync(Resource resource, TimeSpan at, Uri question, Func<JsonElement, double> count, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = JsonDocument.Parse(await _http.GetStringAsync(question, cancellationToken));
            Note(resource, at, count(answer.RootElement));
        }
        catch (Exception away) when (away is HttpRequestException or JsonException or KeyNotFoundException || (away is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
        }
    }

    internal static double CountKeys(JsonElement keys) => keys.EnumerateArray().Count(key => !KeptKeys.Contains(key.GetString()!.Split('/')[1]));

    private void Note(Resource resource, TimeSpan at, double amount)
    {
        if (!_samples.TryGetValue(resource, out var samples)) _samples[resource] = samples = [];
        samples.Add(new LeakSample(at, amount));
    }
}
