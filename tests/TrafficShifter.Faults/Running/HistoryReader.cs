using System.Globalization;
using System.Text.Json;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Running;

/// <summary>The history and the weights as the API tells them; an entry is told once, to whoever asks first.</summary>
internal sealed class HistoryReader(FaultStack stack)
{
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(20);
    private readonly HashSet<(string App, string Id)> _told = [];

    public async Task<IReadOnlyList<HistoryRow>> NewAsync()
    {
        var rows = new List<HistoryRow>();
        foreach (var filter in TestedApp.All.Select(app => $"app={app.Name}").Append("kind=fleet"))
        {
            var answer = await SeeAsync($"history?{filter}&limit=1000");
            rows.AddRange(answer.Body.EnumerateArray().Select(e => new HistoryRow(Text(e, "app"), Text(e, "id"), Text(e, "kind"), Text(e, "reason"), Text(e, "rollout") is { Length: > 0 } id ? id : null, Text(e, "sentence"))));
        }
        // One override is recorded for each application that it holds for, with its own id.
        var fresh = rows.Where(r => !_told.Contains((r.App, r.Id))).ToList();
        foreach (var row in fresh) _told.Add((row.App, row.Id));
        return fresh;
    }

    public async Task<IReadOnlyList<StoredWeights>> WeightsAsync()
    {
        var stored = new List<StoredWeights>();
        foreach (var app in TestedApp.All)
        {
            var answer = await SeeStoredAsync($"apps/{app.Name}/weights");
            stored.Add(new StoredWeights(app.Name, ulong.Parse(answer.Find("modifyIndex") ?? "0", CultureInfo.InvariantCulture), answer.Find("reason") ?? ""));
        }
        return stored;
    }

    /// <summary>What an api remembers is old, and it says so: for a moment after the store is back it has not found that out yet.</summary>
    private async Task<ApiAnswer> SeeStoredAsync(string path)
    {
        var began = OperationLog.Now;
        while (true)
        {
            var answer = await SeeAsync(path);
            if (!answer.IsOld) return answer;
            if (OperationLog.Now - began > BackWithin) throw new PeerException($"GET {path} is still answered from memory {BackWithin.TotalSeconds:0} s after everything is right: {answer}");
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private async Task<ApiAnswer> SeeAsync(string path)
    {
        var answer = await stack.Callers.AskAnyAsync(HttpMethod.Get, path);
        return answer.IsSuccess ? answer : throw new PeerException($"GET {path} was answered with {answer}");
    }

    private static string Text(JsonElement entry, string member) => entry.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
