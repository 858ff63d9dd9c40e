using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class SharedPlansTests
{
    private static readonly ServerSelector[] Selectors = [new() { Prefix = "blue" }, new() { Servers = [ProxyName.Parse("blue1")] }, new() { Servers = [ProxyName.Parse("blue1"), ProxyName.Parse("blue2")] }];
    private readonly SharedPlans _plans = new();

    [Fact]
    public void Whatever_was_planned_before_each_application_has_the_plan_that_it_would_have_alone()
    {
        var random = new Random(7);
        for (var i = 0; i < 5_000; i++)
        {
            var routing = new Routing { Backend = ProxyName.Parse($"back{random.Next(5)}"), Blue = random.Next(4) is > 0 and var at ? Selectors[at - 1] : null };
            ServerReading[] servers = [.. new[] { "blue1", "blue2", "green1" }.Where(_ => random.Next(8) > 0).Select(name => Reading(random, name))];
            var (green, force) = (Share.OfBasisPoints(random.Next(3) * 5_000), random.Next(4) == 0);

            var (plan, usable) = _plans.Plan(routing, green, servers, force);

            var alone = Reconciliation.Plan(routing, green, servers, force);
            plan.Commands.ShouldBe(alone.Commands, $"case {i}");
            (plan with { Commands = alone.Commands }).ShouldBe(alone, $"case {i}");
            usable.ShouldBe(UsableServers.Of(routing, servers), $"case {i}");
        }
    }

    [Fact]
    public void Servers_that_are_alike_are_planned_once_for_every_backend()
    {
        var first = Plan("one");
        var second = Plan("two");

        second.AchievableShare.ShouldBe(first.AchievableShare);
        second.Commands.ShouldBe(first.Commands.Select(c => c with { Backend = ProxyName.Parse("two") }));
        // The very objects: nothing was planned a second time.
        second.Commands.Zip(first.Commands).ShouldAllBe(pair => ReferenceEquals(pair.First.Server, pair.Second.Server));

        // Names of their own, so that only a shared plan could have the same objects.
        Reconciliation Plan(string backend) => _plans.Plan(
            new Routing { Backend = ProxyName.Parse(backend) }, Share.None, [Servers.Reading(new string("blue1".AsSpan()), 230), Servers.Reading(new string("green1".AsSpan()), 25)], allowUnusableTarget: false).Plan;
    }

    private static ServerReading Reading(Random random, string name) =>
        Servers.Reading(name, random.Next(3) * 128, initialWeight: random.Next(2) * 100, random.Next(6) == 0 ? ServerHealth.Down : ServerHealth.Up);
}
