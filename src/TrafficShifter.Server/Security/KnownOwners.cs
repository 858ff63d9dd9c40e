using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Security;

/// <summary>Whose each application is. On disk too: whoever is limited by owner can roll back on a replica that started while the store is away.</summary>
public sealed partial class KnownOwners(TrafficFollower follower, ServerOptions options, TimeProvider time, ILogger<KnownOwners> logger) : BackgroundService
{
    /// <summary>The file is written this often at most.</summary>
    public static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(1);

    private readonly string _file = Path.Combine(options.DataDirectory, "owners.json");
    private readonly TurnSignal _changes = new();
    private Dictionary<string, IReadOnlyList<string>> _kept = [];
    private string? _written;

    /// <summary>The application's owners as the store last said, or, until it was read for the first time, as they were kept; empty when nobody knows.</summary>
    public IReadOnlyList<string> Of(AppName app) =>
        follower.Current.Find(app) is { Exists: true, Definition.Value.Owners: { } owners } ? owners
        : !follower.FirstRead.IsCompleted && _kept.TryGetValue(app.Value, out var kept) ? kept
        : [];

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (File.Exists(_file)) _kept = JsonSerializer.Deserialize<Dictionary<string, IReadOnlyList<string>>>(File.ReadAllText(_file), DocumentJson.Options) ?? [];
        }
        catch (Exception broken) when (broken is IOException or JsonException or UnauthorizedAccessException)
        {
            LogUnusable(_file, broken.Message);
        }
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await follower.FirstRead.WaitAsync(stoppingToken);
        follower.Subscribe((_, changed) =>
        {
            if (changed.Count > 0) _changes.End();
        });
        while (true)
        {
            var next = _changes.Next;
            Keep();
            await next.WaitAsync(stoppingToken);
            await Task.Delay(WriteInterval, time, stoppingToken);
        }
    }

    private void Keep()
    {
        var owned = follower.Current.Apps.Values.Where(a => a is { Exists: true, Definition.Value.Owners.Count: > 0 }).OrderBy(a => a.Name.Value, StringComparer.Ordinal).ToDictionary(a => a.Name.Value, a => a.Definition.Value!.Owners);
        var text = JsonSerializer.Serialize(owned, DocumentJson.Options);
        if (text == _written) return;
        try
        {
            FileWrites.Replace(_file, text);
            _written = text;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            LogUnusable(_file, unwritable.Message);
        }
    }

    [LoggerMessage(EventId = 440, Level = LogLevel.Error, Message = "{Path}: {Problem}. After a start while the store is away, whoever is limited by owner cannot roll back")]
    private partial void LogUnusable(string path, string problem);
}
