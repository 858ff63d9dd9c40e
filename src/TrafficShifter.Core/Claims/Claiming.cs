using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Claims;

/// <summary>One host and one server belong to one application, however many replicas write at once.</summary>
/// <remarks>
/// Definitions say who has what; claims decide between two that are written at the same moment, because both would write the same key. A claim
/// of an application whose definition does not have the host any more holds nobody up: it is taken over, unless that definition changes meanwhile.
/// </remarks>
public static class Claiming
{
    /// <summary>Most hosts that one change adds and drops together: a transaction has 64 operations, and 12 are needed beside them.</summary>
    public const int MaxHostChanges = AppDefinition.MaxHosts;

    private const int MaxOperations = MaxHostChanges + 2;

    /// <summary>The claims that a change of definition is about.</summary>
    /// <param name="before">Null when there is none, or a tombstone.</param>
    /// <param name="next">Null when the application is deleted.</param>
    public static IReadOnlySet<string> FindKeys(AppDefinition? before, AppDefinition? next) => new[] { before, next }.OfType<AppDefinition>()
        .SelectMany(d => d.Hosts.Select(Keys.HostClaim).Concat(BackendsOf(d).Select(Keys.BackendClaim))).ToHashSet(StringComparer.Ordinal);

    /// <summary>The other applications that these claims name and that are in the way by them: their definitions decide.</summary>
    public static IReadOnlySet<AppName> FindHolders(AppDefinition next, IEnumerable<Entry> claims)
    {
        var hosts = next.Hosts.Select(Keys.HostClaim).ToHashSet(StringComparer.Ordinal);
        var holders = new HashSet<AppName>();
        foreach (var entry in claims)
        {
            if (hosts.Contains(entry.Key) && Reading.Of<HostClaim>(entry).Find() is { } host) holders.Add(host.App);
            else if (BackendsOf(next).Any(b => Keys.BackendClaim(b) == entry.Key)) holders.UnionWith(RivalsIn(Reading.Of<BackendClaim>(entry).Find(), next));
        }
        holders.Remove(next.Name);
        return holders;
    }

    /// <summary>Applications whose definition, as far as it is known, has something that <paramref name="next"/> wants, with or without a claim.</summary>
    public static IReadOnlySet<AppName> FindRivals(AppDefinition next, IEnumerable<AppDefinition> known)
    {
        var hosts = next.Hosts.ToHashSet();
        return known.Where(other => FindConflict(next, hosts, other) is not null).Select(other => other.Name).ToHashSet();
    }

    /// <summary>What has to be written with the definition so that nobody else gets the same.</summary>
    /// <param name="claims">What stands at <see cref="FindKeys"/>, by key.</param>
    /// <param name="others">The definitions of holders and rivals, just read.</param>
    public static ClaimOutcome Plan(AppName app, AppDefinition? before, AppDefinition? next, IReadOnlyDictionary<string, Entry> claims, IReadOnlyDictionary<AppName, Known<AppDefinition>> others)
    {
        if (next is not null && FindTaken(next, others) is { } taken) return taken;
        var changes = new List<Change>();
        var passedOver = new HashSet<AppName>();
        foreach (var host in next?.Hosts ?? []) AddHost(host);
        foreach (var host in (before?.Hosts ?? []).Except(next?.Hosts ?? []))
            if (claims.GetValueOrDefault(Keys.HostClaim(host)) is { } own && Reading.Of<HostClaim>(own).Find()?.App == app) changes.Add(new Change.Remove(own.Key, own.ModifyIndex));
        foreach (var backend in BackendsOf(before).Union(BackendsOf(next))) AddBackend(backend);
        changes.AddRange(passedOver.Select(other => new Change.Unchanged(Keys.App(other), others.GetValueOrDefault(other)?.LatestIndex ?? 0)));
        return changes.Count <= MaxOperations
            ? new ClaimOutcome.Granted(changes)
            : new ClaimOutcome.TooMany($"one change adds and drops at most {MaxHostChanges} hosts together; this one needs {changes.Count} changes of who has what: make it in two");

        void AddHost(HostName host)
        {
            var key = Keys.HostClaim(host);
            var claim = new HostClaim { App = app };
            if (claims.GetValueOrDefault(key) is not { } entry) changes.Add(new Change.Put(key, DocumentJson.Write(claim), 0));
            else if (Reading.Of<HostClaim>(entry).Find()?.App is not { } holder) changes.Add(new Change.Put(key, DocumentJson.Write(claim), entry.ModifyIndex));
            else if (holder != app)
            {
                changes.Add(new Change.Put(key, DocumentJson.Write(claim), entry.ModifyIndex));
                passedOver.Add(holder);
            }
            // Left behind: another application may be taking it over at this moment.
            else if (before?.Hosts.Contains(host) != true) changes.Add(new Change.Unchanged(key, entry.ModifyIndex));
        }

        void AddBackend(ProxyName backend)
        {
            var key = Keys.BackendClaim(backend);
            var entry = claims.GetValueOrDefault(key);
            var wanted = BackendsOf(next).Contains(backend);
            var now = (entry is null ? null : Reading.Of<BackendClaim>(entry).Find()) ?? BackendClaim.Nobody;
            var rivals = wanted ? RivalsIn(now, next!) : [];
            passedOver.UnionWith(rivals);
            var after = rivals.Aggregate(now, (claim, rival) => claim.With(rival, null)).With(app, wanted ? ServersClaim.Of(next!.Routing) : null);
            var index = entry?.ModifyIndex ?? 0;
            if (after.Apps.Count == 0 && entry is not null) changes.Add(new Change.Remove(key, index));
            else if (after.Apps.Count > 0 && DocumentJson.Write(after) is var text) changes.Add(text == entry?.Value ? new Change.Unchanged(key, index) : new Change.Put(key, text, index));
        }
    }

    private static ClaimOutcome.Taken? FindTaken(AppDefinition next, IReadOnlyDictionary<AppName, Known<AppDefinition>> others)
    {
        var hosts = next.Hosts.ToHashSet();
        return others.Values.Select(other => other.Value).OfType<AppDefinition>().OrderBy(other => other.Name.Value, StringComparer.Ordinal)
            .Select(other => FindConflict(next, hosts, other) is { } sentence ? new ClaimOutcome.Taken(other, sentence) : null).FirstOrDefault(taken => taken is not null);
    }

    /// <summary>What both applications would have, as a sentence; null when nothing.</summary>
    private static string? FindConflict(AppDefinition next, HashSet<HostName> hosts, AppDefinition other)
    {
        if (other.Deleted || other.Name == next.Name) return null;
        if (other.Hosts.FirstOrDefault(hosts.Contains) is { } host) return $"host \"{host}\" belongs to the application \"{other.Name}\"; a host has one application";
        if (next.Routing.Backends.FirstOrDefault(other.Routing.Backends.Contains) is not { } backend) return null;
        if (next.Routing.Kind != other.Routing.Kind)
            return $"backend \"{backend}\" is shifted by {(other.Routing.Kind == RoutingKind.Map ? "maps" : "server weights")} for the application \"{other.Name}\"; a backend is shifted in one way";
        return next.Routing.Kind == RoutingKind.Weights && ServersClaim.Of(next.Routing).FindShared(ServersClaim.Of(other.Routing)) is { } shared
            ? $"servers of backend \"{backend}\" belong to the application \"{other.Name}\": {shared}; a server has one application"
            : null;
    }

    private static HashSet<AppName> RivalsIn(BackendClaim? claim, AppDefinition next) => claim is null ? [] :
        [.. claim.Apps.Where(a => a.Key != next.Name.Value && ServersClaim.Of(next.Routing).FindShared(a.Value) is not null).Select(a => AppName.Parse(a.Key))];

    /// <summary>The backends whose servers a definition claims.</summary>
    private static IReadOnlyList<ProxyName> BackendsOf(AppDefinition? definition) => definition?.Routing is { Kind: RoutingKind.Weights } routing ? routing.Backends : [];
}
