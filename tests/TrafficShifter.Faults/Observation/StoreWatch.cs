using System.Text;
using System.Text.Json;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Observation;

/// <summary>What an application's documents in the store want, and since when that is known.</summary>
/// <param name="NotBefore">The last look that saw something else: it may be wanted since then.</param>
/// <param name="Green">Its share in percent, a lock and a rollback of all considered.</param>
/// <param name="Stable">Green's share, in percent, of all traffic on the stable colour: where a rollback goes to.</param>
internal sealed record Wanted(string App, DateTimeOffset NotBefore, DateTimeOffset Seen, decimal Green, decimal Stable = 0);

/// <summary>What the store's documents want of an application.</summary>
/// <param name="IsSwept">Its state has taken in the last rollback of all, or is newer than it.</param>
internal sealed record StoredShare(decimal Green, decimal Stable, bool IsSwept);

/// <summary>Reads the weights and states in Consul ten times a second, by Consul's own API: nothing of the product is in between.</summary>
internal sealed class StoreWatch : IAsyncDisposable
{
    private const string RollbackOfAll = "control/rollback";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly HttpClient _http = new() { Timeout = Patience };
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<Wanted> _seen = [];
    private readonly ConsulCluster _consul;
    private readonly Task _running;

    public StoreWatch(ConsulCluster consul)
    {
        _consul = consul;
        _running = Task.Run(RunAsync);
    }

    /// <summary>What was wanted of an application at <paramref name="from"/> or later: the last before it, too.</summary>
    public IReadOnlyList<Wanted> Since(string app, DateTimeOffset from)
    {
        lock (_lock)
        {
            var all = _seen.Where(w => w.App == app).ToList();
            return [.. all.Skip(Math.Max(0, all.FindLastIndex(w => w.Seen <= from)))];
        }
    }

    /// <summary>What is wanted by application, now; null while no server answers with what is certain.</summary>
    public async Task<IReadOnlyDictionary<string, StoredShare>?> FindAsync()
    {
        foreach (var server in _consul.Servers)
            if (server.Pid != 0 && await AskAsync(server.Address) is { } found) return found;
        return null;
    }

    public void Forget(DateTimeOffset before)
    {
        lock (_lock)
            foreach (var app in TestedApp.All)
            {
                var last = _seen.FindLastIndex(w => w.App == app.Name && w.Seen <= before);
                if (last < 0) continue;
                var kept = _seen[last];
                _seen.RemoveAll(w => w.App == app.Name && w.Seen < kept.Seen);
            }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var last = OperationLog.Now;
        while (!_stop.IsCancellationRequested)
        {
            var asked = OperationLog.Now;
            if (await FindAsync() is { } wanted)
            {
                Note(wanted, last);
                last = asked;
            }
            await Task.Delay(Interval, CancellationToken.None);
        }
    }

    private void Note(IReadOnlyDictionary<string, StoredShare> wanted, DateTimeOffset last)
    {
        lock (_lock)
            foreach (var (app, now) in wanted)
                if (_seen.FindLast(w => w.App == app) is not { } known || known.Green != now.Green || known.Stable != now.Stable) _seen.Add(new Wanted(app, last, OperationLog.Now, now.Green, now.Stable));
    }

    private async Task<IReadOnlyDictionary<string, StoredShare>?> AskAsync(Uri server)
    {
        try
        {
            // One transaction: a lock and the weights under it are of the same moment.
            var operations = TestedApp.All.SelectMany(app => new[] { $"weights/{app.Name}", $"state/{app.Name}" }).Append(RollbackOfAll)
                .Select(key => new { KV = new { Verb = "get-tree", Key = $"traffic-shifter/{key}" } });
            using var content = new StringContent(JsonSerializer.Serialize(operations), Encoding.UTF8, "application/json");
            using var answer = await _http.PutAsync(new Uri(server, "v1/txn"), content);
            return answer.IsSuccessStatusCode ? Parse(await answer.Content.ReadAsStringAsync()) : null;
        }
        catch (Exception away) when (away is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>By the documents <c>weights/NAME</c>, <c>state/NAME</c> and <c>control/rollback</c>; an application without weights is not in it.</summary>
    internal static IReadOnlyDictionary<string, StoredShare> Parse(string reply)
    {
        using var document = JsonDocument.Parse(reply);
        var entries = document.RootElement.GetProperty("Results").EnumerateArray().Select(r => r.GetProperty("KV")).ToDictionary(kv => kv.GetProperty("Key").GetString()!["traffic-shifter/".Length..], Read);
        var all = entries.TryGetValue(RollbackOfAll, out var rollback) ? rollback : ((ulong Index, JsonElement Value)?)null;
        var wanted = new Dictionary<string, StoredShare>();
        foreach (var app in TestedApp.All)
        {
            if (!entries.TryGetValue($"weights/{app.Name}", out var weights)) continue;
            var (blue, green) = (weights.Value.GetProperty("blue").GetDecimal(), weights.Value.GetProperty("green").GetDecimal());
            var hasState = entries.TryGetValue($"state/{app.Name}", out var state);
            var stable = hasState ? ShareOf(state.Value.GetProperty("stable").GetString()!) : 0;
            // It holds for each application whose state is older; not for one that was decided after it was given, which the sweep has yet to note.
            var isNewer = hasState && all?.Index > state.Index;
            var held = isNewer && !IsGivenBefore(all!.Value.Value, state) ? all.Value.Value.GetProperty("to").GetString() : null;
            var to = held ?? (hasState ? FindLock(state.Value) : null);
            wanted[app.Name] = new StoredShare(to switch { null => 100 * green / (blue + green), "stable" => stable, _ => ShareOf(to) }, stable, IsSwept: !isNewer || HasTakenIn(state.Value, all!.Value.Value));
        }
        return wanted;
    }

    private static (ulong Index, JsonElement Value) Read(JsonElement entry) =>
        (entry.TryGetProperty("ModifyIndex", out var index) ? index.GetUInt64() : 0, JsonSerializer.Deserialize<JsonElement>(entry.GetProperty("Value").GetBytesFromBase64()));

    /// <summary>Agents were given it, and it was recorded, before a slow store took it: the state is older and has its lock.</summary>
    private static bool HasTakenIn(JsonElement state, JsonElement rollback) =>
        rollback.TryGetProperty("id", out var id) && state.TryGetProperty("overrideAck", out var taken) && string.CompareOrdinal(taken.GetString(), id.GetString()) >= 0
        && state.TryGetProperty("lock", out var held) && held.ValueKind == JsonValueKind.Object && held.GetProperty("reason").GetString() == rollback.GetProperty("reason").GetString();

    /// <summary>A slow store took the rollback after the state, which nobody knew of who gave it, and which has the later id.</summary>
    private static bool IsGivenBefore(JsonElement rollback, (ulong Index, JsonElement Value) state) =>
        rollback.TryGetProperty("knownIndex", out var known) && known.GetUInt64() is > 0 and var index && state.Index > index
        && rollback.TryGetProperty("id", out var id) && state.Value.TryGetProperty("overrideAck", out var taken) && string.CompareOrdinal(taken.GetString(), id.GetString()) > 0;

    private static decimal ShareOf(string colour) => colour == "green" ? 100 : 0;

    private static string? FindLock(JsonElement state) =>
        state.TryGetProperty("lock", out var held) && held.ValueKind == JsonValueKind.Object ? held.GetProperty("to").GetString() : null;
}
