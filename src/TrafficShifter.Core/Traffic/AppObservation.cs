using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Traffic;

/// <summary>What one node found in its HAProxy for one application, and what it did about it.</summary>
public sealed record AppObservation
{
    public required string Node { get; init; }

    public required AppName App { get; init; }

    /// <summary>False: this HAProxy has no such backend, so the application's traffic does not pass it.</summary>
    public required bool Served { get; init; }

    /// <summary>The weights that were read back are the planned ones for <see cref="Index"/>.</summary>
    public required bool InSync { get; init; }

    /// <summary>ModifyIndex of what was followed; 0 when nothing is known to follow.</summary>
    public required ulong Index { get; init; }

    /// <summary>Id of the override that is followed instead of the store; null when none is.</summary>
    public string? Override { get; init; }

    /// <summary>Green's share as wanted; null when nothing says what is wanted.</summary>
    public Share? Wanted { get; init; }

    /// <summary>Green's share as the weights over the usable servers give it; null when no server takes traffic.</summary>
    public Share? Observed { get; init; }

    /// <summary>Green's share that these servers can make, the nearest to the wanted one.</summary>
    public Share? Achievable { get; init; }

    /// <summary>Why it is not, or not quite, as wanted.</summary>
    public string? Problem { get; init; }

    /// <summary>The problem is the whole node's: its HAProxy cannot be driven now, whatever is wanted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NodeFailing { get; init; }

    /// <summary>What keeps users on a server at weight 0, when it was looked for last; null when nothing does.</summary>
    public Persistence? Persistence { get; init; }

    /// <summary>What is still on the side that a lock took the traffic from; null when nothing is locked, or the lock is not in effect here yet.</summary>
    public LeftSide? Left { get; init; }

    public IReadOnlyList<ServerReading> Servers { get; init; } = [];

    /// <summary>How many servers of each colour take traffic; null when they were not read.</summary>
    public UsableServers? Usable { get; init; }

    /// <summary>How often weights or rows were found changed by somebody else and were put right, since the agent started.</summary>
    public int DriftRepaired { get; init; }

    /// <summary>What was found changed by somebody else last, and put right; null when nothing was since the agent started.</summary>
    public string? LastDrift { get; init; }

    public DateTimeOffset At { get; init; }

    public ProcessIdentity? Process { get; init; }

    /// <summary>What a reading says about one application on `weights` routing, compared with what is wanted.</summary>
    /// <param name="plans">Shared between the applications of one pass; null: this one is planned for itself.</param>
    public static (AppObservation Observation, IReadOnlyList<SetServerWeight> Commands) Of(
        string node, AppTraffic app, DesiredTraffic? desired, LoadBalancerReading reading, DateTimeOffset at, SharedPlans? plans = null)
    {
        if (app.Definition.Value is not { Routing: var routing }) return (Begin() with { Problem = "no definition is known" }, []);
        if (!reading.Backends.TryGetValue(routing.BackendOf(Colour.Blue), out var servers))
            return (Begin() with { Served = false, Problem = $"this HAProxy has no backend \"{routing.Backend}\"" }, []);
        if (desired is null) return (Begin() with { Usable = UsableServers.Of(routing, servers), Servers = servers, Problem = "nothing valid says where the traffic should go: the weights stay as they are" }, []);
        var (plan, usable) = (plans ?? new SharedPlans()).Plan(routing, desired.Green, servers, desired.Force);
        var tooOld = HAProxyVersions.FindProblem(reading.Process.Version, RoutingKind.Weights);
        return (new AppObservation
        {
            Node = node,
            App = app.Name,
            Served = true,
            Index = desired.Index,
            Wanted = desired.Green,
            Override = desired.Source == DesiredSource.Override ? app.Override?.Id : null,
            At = at,
            Process = reading.Process,
            InSync = tooOld is null && plan.Commands.Count == 0 && plan.AchievableShare is not null && Maintenance.FindMissing(routing, desired, servers, plan).Count == 0,
            Observed = plan.ObservedShare,
            Achievable = plan.AchievableShare,
            Problem = tooOld ?? plan.Problem,
            Servers = servers,
            Usable = usable,
        }, plan.Commands);

        AppObservation Begin() => AppObservation.Begin(node, app, desired, reading.Process, at);
    }

    /// <summary>What a reading says about one application on `map` routing, whose rows are in the node's maps as they were read back.</summary>
    /// <param name="mapped">What the maps hold of it.</param>
    /// <param name="mapsProblem">Why the node's maps are not as wanted; null when they are.</param>
    public static AppObservation OfMapped(string node, AppTraffic app, DesiredTraffic? desired, MappedApp mapped, string? mapsProblem, PoolReading pool, ProcessIdentity process, DateTimeOffset at)
    {
        var seen = Begin(node, app, desired, process, at) with { Servers = pool.Servers, Usable = UsableServers.Of(pool) };
        if (pool.IsAbsent) return seen with { Served = false, Problem = pool.FindProblem() };
        if ((HAProxyVersions.FindProblem(process.Version, RoutingKind.Map) ?? pool.FindProblem() ?? mapsProblem) is { } problem) return seen with { Problem = problem };
        var observed = pool.ShareOf(mapped.Row.Green);
        return seen with
        {
            InSync = desired is not null && observed == desired.Green,
            Observed = observed,
            Achievable = desired?.Green,
            Problem = desired is null ? "nothing valid says where the traffic should go: all of it is for the stable colour" : pool.FindUnserved(desired.Green),
        };
    }

    private static AppObservation Begin(string node, AppTraffic app, DesiredTraffic? desired, ProcessIdentity process, DateTimeOffset at) => new()
    {
        Node = node,
        App = app.Name,
        Served = true,
        InSync = false,
        Index = desired?.Index ?? 0,
        Wanted = desired?.Green,
        Override = desired is { Source: DesiredSource.Override } ? app.Override?.Id : null,
        At = at,
        Process = process,
    };
}
