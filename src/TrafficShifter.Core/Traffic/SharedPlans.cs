using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>Plans that were made a moment ago, for the many applications whose servers have the same names, weights and health: thousands of them are planned once.</summary>
/// <remarks>
/// Only a plan with nothing in its way is shared: sentences name their backend. The few that were used last are kept, so applications that are all different
/// cost some comparisons more than without. Not for several threads at once.
/// </remarks>
public sealed class SharedPlans
{
    private const int Most = 8;
    private readonly List<Made> _made = new(Most);

    /// <inheritdoc cref="Reconciliation.Plan(Routing, Share, IReadOnlyList{ServerReading}, bool)"/>
    public (Reconciliation Plan, UsableServers Usable) Plan(Routing routing, Share green, IReadOnlyList<ServerReading> servers, bool allowUnusableTarget)
    {
        for (var i = 0; i < _made.Count; i++)
        {
            var made = _made[i];
            if (!made.IsFor(routing, green, servers, allowUnusableTarget)) continue;
            if (i > 0) (_made[i - 1], _made[i]) = (made, _made[i - 1]);
            return (made.For(routing.BackendOf(Colour.Blue)), made.Usable);
        }
        var (plan, usable) = (Reconciliation.Plan(routing, green, servers, allowUnusableTarget), UsableServers.Of(routing, servers));
        if (plan.Problem is not null || plan.IsRefused) return (plan, usable);
        if (_made.Count == Most) _made.RemoveAt(Most - 1);
        _made.Insert(0, new Made(routing, green, servers, allowUnusableTarget, plan, usable));
        return (plan, usable);
    }

    private sealed record Made(Routing Routing, Share Green, IReadOnlyList<ServerReading> Servers, bool AllowUnusableTarget, Reconciliation Plan, UsableServers Usable)
    {
        public bool IsFor(Routing routing, Share green, IReadOnlyList<ServerReading> servers, bool allowUnusableTarget)
        {
            if (green != Green || allowUnusableTarget != AllowUnusableTarget || servers.Count != Servers.Count) return false;
            for (var i = 0; i < servers.Count; i++)
            {
                var (one, other) = (servers[i], Servers[i]);
                if (ReferenceEquals(one, other)) continue;
                if (one.Weight != other.Weight || one.InitialWeight != other.InitialWeight || one.Health != other.Health || !one.Name.Equals(other.Name)) return false;
            }
            return Same(routing.Blue, Routing.Blue) && Same(routing.Green, Routing.Green);
        }

        /// <summary>The plan with its commands for another backend.</summary>
        public Reconciliation For(ProxyName backend)
        {
            if (Plan.Commands.Count == 0 || backend.Equals(Routing.BackendOf(Colour.Blue))) return Plan;
            var commands = new SetServerWeight[Plan.Commands.Count];
            for (var i = 0; i < commands.Length; i++) commands[i] = Plan.Commands[i] with { Backend = backend };
            return Plan with { Commands = commands };
        }

        private static bool Same(ServerSelector? one, ServerSelector? other) => ReferenceEquals(one, other)
            || (one is not null && other is not null && one.Prefix == other.Prefix
                && (ReferenceEquals(one.Servers, other.Servers) || (one.Servers is not null && other.Servers is not null && one.Servers.SequenceEqual(other.Servers))));
    }
}
