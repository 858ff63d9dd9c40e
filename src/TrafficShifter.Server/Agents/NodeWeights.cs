using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>Brings the applications on `weights` routing to one node's HAProxy: plans the difference, sets it, reads it back.</summary>
internal sealed partial class NodeWeights(string node, ILoadBalancer haproxy, Observations observations, AgentMetrics metrics, TimeProvider time, ILogger logger)
{
    /// <summary>Fewer applications than this are not worth a second thread.</summary>
    private const int PerThread = 2_500;

    /// <summary>One pass over <paramref name="apps"/>.</summary>
    /// <param name="before">The backends of all of them.</param>
    /// <returns>Nothing had to be set.</returns>
    /// <exception cref="LoadBalancerException">HAProxy could not be asked, or became another process on the way.</exception>
    public async Task<bool> ReconcileAsync(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> apps, LoadBalancerReading before, CancellationToken cancellationToken)
    {
        var moved = new List<(AppTraffic App, DesiredTraffic? Desired)>();
        using var commands = Plan(snapshot, apps, before, moved).GetEnumerator();
        if (!commands.MoveNext()) return true;

        var count = 0;
        // Planned while the first of them are carried out.
        var written = await haproxy.SetWeightsAsync(Rest(), cancellationToken);
        foreach (var refused in written.Refused) LogRefused(node, refused.Command.Backend.Value, refused.Command.Server.Value, refused.Command.Weight, refused.Reply);
        if (written.After.Process != before.Process)
            throw new LoadBalancerException($"{haproxy.Name} became another process (pid {before.Process.Pid} → {written.After.Process.Pid}) while weights were set; they are set again");
        observations.NoteWritten(Look(moved, written));
        metrics.WeightsWritten(node, count, written.Refused.Count);
        return false;

        IEnumerable<SetServerWeight> Rest()
        {
            do
            {
                count++;
                yield return commands.Current;
            }
            while (commands.MoveNext());
        }
    }

    /// <summary>What is to be set, application by application; what was seen of each is noted on the way.</summary>
    /// <param name="moved">Gets those of which something is to be set.</param>
    private IEnumerable<SetServerWeight> Plan(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> apps, LoadBalancerReading before, List<(AppTraffic App, DesiredTraffic? Desired)> moved)
    {
        var (plans, now) = (new SharedPlans(), time.GetUtcNow());
        foreach (var app in apps)
        {
            var desired = app.FindDesired(snapshot.Fleet);
            if (observations.IsUnchanged(app, desired, before.Backends.GetValueOrDefault(app.Definition.Value!.Routing.BackendOf(Colour.Blue)), before.Process)) continue;
            var (seen, needed) = AppObservation.Of(node, app, desired, before, now, plans);
            observations.Note(seen, differs: needed.Count > 0);
            if (needed.Count == 0) continue;
            moved.Add((app, desired));
            foreach (var command in needed) yield return command;
        }
    }

    /// <summary>What was read back, thousands of applications by all processors: somebody waits for it.</summary>
    private AppObservation[] Look(List<(AppTraffic App, DesiredTraffic? Desired)> moved, WeightsWritten written)
    {
        var (seen, now) = (new AppObservation[moved.Count], time.GetUtcNow());
        Parallel.ForEach(Partitioner.Create(0, moved.Count, PerThread), some =>
        {
            var plans = new SharedPlans();
            for (var i = some.Item1; i < some.Item2; i++) seen[i] = Explain(AppObservation.Of(node, moved[i].App, moved[i].Desired, written.After, now, plans).Observation, moved[i].App.Definition.Value!.Routing, written);
        });
        return seen;
    }

    /// <summary>One pass over <paramref name="apps"/> that reads nothing first: what was seen last is taken for what is, and what is read back decides.</summary>
    /// <remarks>
    /// Only where both colours keep some weight: a server that died or was changed by somebody else meanwhile takes less then, and no request is without a server. What comes to something else is
    /// taken back. Costs one connection instead of two.
    /// </remarks>
    /// <returns>The process that took the weights; null when it does not come to what is wanted, or is not known to: <see cref="ReconcileAsync"/> is to go through all of them.</returns>
    /// <exception cref="LoadBalancerException">HAProxy could not be asked.</exception>
    public async Task<ProcessIdentity?> TryReconcileAsync(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> apps, CancellationToken cancellationToken)
    {
        if (observations.Recall(apps) is not { } before) return null;
        var commands = new List<SetServerWeight>();
        foreach (var app in apps)
        {
            var (seen, needed) = AppObservation.Of(node, app, app.FindDesired(snapshot.Fleet), before, time.GetUtcNow());
            if (needed.Count == 0 || seen.Problem is not null || seen.Achievable is not { } share || share == Share.None || share == Share.All) return null;
            commands.AddRange(needed);
        }
        if (commands.Count == 0) return null;

        var written = await haproxy.SetWeightsAsync(commands, cancellationToken);
        metrics.WeightsWritten(node, commands.Count, written.Refused.Count);
        if (written.After.Process != before.Process || written.Refused.Count > 0) return null;
        var after = apps.Select(app => AppObservation.Of(node, app, app.FindDesired(snapshot.Fleet), written.After, time.GetUtcNow()).Observation).ToList();
        if (after.TrueForAll(seen => seen.InSync && observations.HasSameHealth(seen)))
        {
            observations.NoteWritten(after);
            return before.Process;
        }
        // Planned for servers that are not as they were: whether anything is to be moved on those that there are is for a plan of its own to say.
        await haproxy.SetWeightsAsync([.. commands.AsEnumerable().Reverse().Select(c => c with { Weight = before.Backends[c.Backend].First(s => s.Name == c.Server).Weight })], cancellationToken);
        return null;
    }

    private static AppObservation Explain(AppObservation seen, Routing routing, WeightsWritten written) =>
        !seen.InSync && written.Refused.FirstOrDefault(r => r.Command.Backend == routing.BackendOf(Colour.Blue) && seen.Servers.Any(s => s.Name == r.Command.Server)) is { } refused
            ? seen with { Problem = $"HAProxy refused weight {refused.Command.Weight} for server \"{refused.Command.Server}\": {refused.Reply}" }
            : seen;

    [LoggerMessage(EventId = 205, Level = LogLevel.Error, Message = "{Node}: HAProxy refused weight {Weight} for {Backend}/{Server}: {Reply}")]
    private partial void LogRefused(string node, string backend, string server, int weight, string reply);
}
