using System.Collections.Immutable;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;

namespace TrafficShifter.Server.Tests.Agents;

/// <summary>Whatever is offered between two turns, and whatever a turn could not do, is in the next one.</summary>
public sealed class DesiredInboxTests
{
    private static readonly AppName[] Names = [.. Enumerable.Range(0, 5).Select(i => AppName.Parse($"app{i}"))];
    private readonly DesiredInbox _inbox = new();

    [Fact]
    public void Some_that_changed_one_after_the_other_are_taken_together()
    {
        Offer(10, Names[0]);
        Offer(11, Names[1], Names[0]);

        var (snapshot, changed, number) = _inbox.Take();

        (snapshot.Index, number).ShouldBe((11ul, 2L));
        changed.ShouldBe([Names[0], Names[1]], ignoreOrder: true);
        _inbox.Take().Changed.ShouldBeEmpty();
    }

    [Fact]
    public void All_that_changed_are_all_whatever_came_before_and_after()
    {
        Offer(10, Names[0]);
        Offer(11, Names);
        Offer(12, Names[3]);

        _inbox.Take().Changed.ShouldBe(Names, ignoreOrder: true);
        Offer(13, Names[2]);
        _inbox.Take().Changed.ShouldBe([Names[2]], "those were taken");
    }

    [Fact]
    public void What_a_turn_could_not_do_is_in_the_next_one()
    {
        Offer(10, Names);
        var (_, all, _) = _inbox.Take();
        Offer(11, Names[4]);

        _inbox.PutBack(all);

        _inbox.IsEmpty.ShouldBeFalse();
        _inbox.Take().Changed.ShouldBe(Names, ignoreOrder: true);
        _inbox.IsEmpty.ShouldBeTrue();
    }

    private void Offer(ulong index, params AppName[] changed) =>
        _inbox.Offer(new TrafficSnapshot(Names.ToImmutableDictionary(n => n, n => new AppTraffic(n)), Known<FleetRollback>.Nothing, index), changed.ToHashSet());
}
