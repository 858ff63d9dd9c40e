using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class ReconciliationProperties
{
    private static readonly Gen<Case> Cases =
        from blue in ReadingsOf("blue")
        from green in ReadingsOf("green")
        from share in Gen.Frequency((1, Gen.Constant(0)), (1, Gen.Constant(10_000)), (6, Gen.Choose(0, 10_000)))
        from insist in Gen.Elements(true, false)
        select new Case([.. blue, .. green], Share.OfBasisPoints(share), insist);

    [Fact]
    public void Planning_again_after_the_commands_gives_none() => ForAll(x =>
    {
        var again = Reconciliation.Plan(Servers.Routing, x.Green, x.After, x.Insist);
        again.Commands.ShouldBeEmpty();
        again.Problem.ShouldBe(x.Plan.Problem);
    });

    [Fact]
    public void There_is_always_a_server_with_weight() => ForAll(x =>
    {
        if (x.Servers.Sum(s => s.Weight) == 0) return;
        foreach (var state in x.States) state.Sum(s => s.Weight).ShouldBeGreaterThan(0);
    });

    [Fact]
    public void There_is_always_a_usable_server_with_weight_when_there_was_one() => ForAll(x =>
    {
        if (x.Insist || UsableWeight(x.Servers) == 0) return;
        foreach (var state in x.States) UsableWeight(state).ShouldBeGreaterThan(0);
    });

    [Fact]
    public void Colour_that_gains_never_has_more_than_before_or_after() => ForAll(x =>
    {
        if (ShareOf(x.Servers) is not { } old || ShareOf(x.After) is not { } @new || old == @new) return;
        foreach (var state in x.States)
        {
            if (ShareOf(state) is not { } between) continue;
            if (@new > old) between.ShouldBeLessThanOrEqualTo(@new);
            else between.ShouldBeGreaterThanOrEqualTo(@new);
        }
    });

    [Fact]
    public void Lowerings_come_after_raises_when_equal_servers_are_weighed() => ForAll(x =>
    {
        // Servers whose weights began alike and have equal capacities all move one way.
        var alike = x.Servers.Select(s => s with { InitialWeight = 100, Weight = s.Name.Value[0] == 'b' ? 100 : 7 }).ToList();
        var commands = Reconciliation.Plan(Servers.Routing, x.Green, alike, allowUnusableTarget: true).Commands;
        var raises = commands.Select(c => c.Weight > alike.Single(s => s.Name == c.Server).Weight).ToList();
        raises.ShouldBe(raises.OrderByDescending(r => r));
    });

    [Fact]
    public void Each_server_is_told_at_most_once_and_only_what_differs() => ForAll(x =>
    {
        x.Plan.Commands.Select(c => c.Server).ShouldBeUnique();
        x.Plan.Commands.ShouldAllBe(c => x.Servers.Single(s => s.Name == c.Server).Weight != c.Weight);
    });

    [Fact]
    public void What_is_achievable_is_observed_afterwards() => ForAll(x =>
    {
        if (x.Plan.AchievableShare is not { } achievable || !HasUsable(x, "blue") || !HasUsable(x, "green")) return;
        ShareOf(x.After).ShouldBe(achievable);
    });

    [Fact]
    public void Nothing_is_moved_from_a_live_colour_to_a_dead_one_unless_a_person_insists() => ForAll(x =>
    {
        if (x.Insist) return;
        if (!HasUsable(x, "blue") && HasUsable(x, "green") && UsableWeight(x.Servers) > 0) UsableWeight(x.After).ShouldBeGreaterThan(0);
        if (!HasUsable(x, "green") && HasUsable(x, "blue") && UsableWeight(x.Servers) > 0) UsableWeight(x.After).ShouldBeGreaterThan(0);
    });

    private static void ForAll(Action<Case> holds) => Prop.ForAll(Cases.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static Gen<IEnumerable<ServerReading>> ReadingsOf(string colour) =>
        from count in Gen.Choose(1, 5)
        from weights in Gen.Frequency((3, Gen.Choose(0, 256)), (1, Gen.Constant(0)), (1, Gen.Constant(100))).ArrayOf(count)
        from capacities in Gen.Frequency((3, Gen.Constant(100)), (1, Gen.Choose(0, 256))).ArrayOf(count)
        from health in Gen.Frequency((6, Gen.Constant(ServerHealth.Up)), (1, Gen.Elements(ServerHealth.Down, ServerHealth.Maintenance, ServerHealth.Draining))).ArrayOf(count)
        select Enumerable.Range(0, count).Select(i => Servers.Reading($"{colour}{i + 1}", weights[i], capacities[i], health[i]));

    private static Share? ShareOf(List<ServerReading> servers)
    {
        var green = servers.Where(s => s.Health == ServerHealth.Up && s.Name.Value.StartsWith("green", StringComparison.Ordinal)).Sum(s => s.Weight);
        var all = UsableWeight(servers);
        return all == 0 ? null : Share.Of(green, all);
    }

    private static int UsableWeight(IEnumerable<ServerReading> servers) => servers.Where(s => s.Health == ServerHealth.Up).Sum(s => s.Weight);

    private static bool HasUsable(Case x, string colour) =>
        x.Servers.Any(s => s.Health == ServerHealth.Up && s.Name.Value.StartsWith(colour, StringComparison.Ordinal));

    private sealed record Case(List<ServerReading> Servers, Share Green, bool Insist)
    {
        public Reconciliation Plan { get; } = Reconciliation.Plan(Traffic.Servers.Routing, Green, Servers, Insist);

        public List<ServerReading> After => Servers.Apply(Plan.Commands);

        /// <summary>What HAProxy has after each of the commands.</summary>
        public IEnumerable<List<ServerReading>> States => Enumerable.Range(1, Plan.Commands.Count).Select(n => Servers.Apply(Plan.Commands.Take(n)));
    }
}
