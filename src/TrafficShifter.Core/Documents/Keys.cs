using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Documents;

/// <summary>The keys of the store, relative to the installation's prefix. Nothing else builds one.</summary>
public static class Keys
{
    public const string Apps = "apps/";
    public const string Weights = "weights/";
    public const string States = "state/";
    public const string Targets = "targets/";
    public const string TargetChunks = "target-chunks/";
    public const string TargetUsers = "claims/target-users";
    public const string Rollouts = "rollouts/";
    public const string Judges = "judge/";
    public const string Plans = "plans/";
    public const string Hooks = "hooks/";
    public const string Migrations = "migrations/";
    public const string Moves = "moves/";
    public const string Probes = "probes/";
    public const string Releases = "releases/";
    public const string Evacuations = "evacuations/";
    public const string History = "history/";
    public const string HistoryOfNoApp = "history/-/";
    public const string Feed = "feed/";
    public const string Outbox = "outbox/";
    public const string OutboxTrimmed = "outbox/trimmed";
    public const string Deliveries = "deliveries/";
    public const string DeadLetters = "dead-letters/";
    public const string Nodes = "nodes/";
    public const string Live = "live/";
    public const string Tokens = "tokens/";
    public const string TokenUses = "token-uses";
    public const string TokenSerial = "token-serial";
    public const string Sessions = "sessions/";
    public const string Overrides = "overrides/";
    public const string Claims = "claims/";
    public const string Control = "control/";
    public const string Freeze = "control/freeze";
    public const string Stop = "control/stop";
    public const string FleetRollback = "control/rollback";
    public const string ControllerLock = "locks/controller";
    public const string ControllerBeat = "locks/beat";

    public static string App(AppName app) => Apps + app;

    public static string WeightsOf(AppName app) => Weights + app;

    public static string StateOf(AppName app) => States + app;

    public static string TargetsOf(AppName app) => Targets + app;

    public static string TargetChunk(AppName app, string version, int number) => string.Create(CultureInfo.InvariantCulture, $"{TargetChunks}{app}/{version}/{number}");

    public static string RolloutsOf(AppName app) => $"{Rollouts}{app}/";

    public static string Rollout(AppName app, string id) => $"{Rollouts}{app}/{id}";

    public static string PendingHooks(AppName app, string rollout) => $"{Hooks}{app}/{rollout}";

    public static string ProbesOf(string migration) => $"{Probes}{migration}/";

    public static string Probe(string migration, AppName app) => $"{Probes}{migration}/{app}";

    public static string ReleaseOf(AppName app) => Releases + app;

    public static string JudgeOf(AppName app) => Judges + app;

    public static string Plan(string name) => Plans + name;

    public static string Migration(string name) => Migrations + name;

    public static string MovesOf(string migration) => $"{Moves}{migration}/";

    public static string Move(string migration, AppName app) => $"{Moves}{migration}/{app}";

    public static string Evacuation(Colour colour) => Evacuations + colour.Word();

    public static string LeavingsOf(Colour colour) => $"{Evacuations}{colour.Word()}/";

    public static string Leaving(Colour colour, AppName app) => LeavingsOf(colour) + app;

    public static string HistoryOf(AppName app) => $"{History}{app}/";

    /// <param name="app">Null: what belongs to no application, under <see cref="HistoryOfNoApp"/>.</param>
    public static string HistoryEntry(AppName? app, string id) => $"{History}{app?.Value ?? "-"}/{id}";

    /// <param name="app">Null: what belongs to no application.</param>
    public static string OutboxEntry(AppName? app, string id) => $"{Outbox}{app?.Value ?? "-"}/{id}";

    public static string Delivery(string sink) => Deliveries + sink;

    public static string DeadLettersOf(string sink) => $"{DeadLetters}{sink}/";

    public static string DeadLetter(string sink, ulong index, int number) => string.Create(CultureInfo.InvariantCulture, $"{DeadLetters}{sink}/{index:D20}-{number:D3}");

    public static string FeedSlot(string writer, int slot) => string.Create(CultureInfo.InvariantCulture, $"{Feed}{writer}/{slot}");

    public static string Node(string node) => Nodes + node;

    public static string LiveNode(string node) => Live + node;

    public static string HostClaim(HostName host) => $"{Claims}host/{host}";

    public static string BackendClaim(ProxyName backend) => $"{Claims}backend/{backend}";

    /// <summary>An override as a node's agent reports it; that agent may write below its own node alone.</summary>
    public static string Override(string node, string id) => $"{Overrides}{node}/{id}";

    public static string Token(string id) => Tokens + id;

    public static string Session(string hash) => Sessions + hash;

    /// <summary>The application whose document this very key is; null for any key below or beside it, such as one that a person made by hand.</summary>
    public static AppName? FindAppExactly(string key, string prefix) =>
        FindApp(key, prefix) is { } app && key.Length == prefix.Length + app.Value.Length ? app : null;

    /// <summary>The application that a key of <paramref name="prefix"/> is about; null when the rest of the key is no name.</summary>
    public static AppName? FindApp(string key, string prefix)
    {
        if (!key.StartsWith(prefix, StringComparison.Ordinal)) return null;
        var rest = key[prefix.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return AppName.TryParse(slash < 0 ? rest : rest[..slash], null, out var app) ? app : null;
    }
}
