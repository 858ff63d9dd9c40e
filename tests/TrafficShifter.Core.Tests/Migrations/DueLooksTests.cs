using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

/// <summary>Whose readiness is looked at, and in which order: there is not always room for all of them.</summary>
public sealed class DueLooksTests
{
    [Fact]
    public void What_moves_is_looked_at_first_and_then_who_has_waited_longest_for_a_look()
    {
        var migration = SomeMigration.Draft(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a", "b", "c", "d", "e", "f"))) with { Phase = MigrationPhase.Running, Waves = [new WaveProgress { BeganAt = Some.Noon }] };
        string[] names = ["a", "b", "c", "d", "e", "f"];
        var apps = names.Select(n => SomeMigration.App(n).With(s => s with { Campaign = migration.Holder })).ToDictionary(a => a.Name);
        var moves = names.Select((n, i) => new Move { Migration = migration.Name, App = SomeMigration.Named(n), Wave = 0, Rank = i, To = Colour.Green, Phase = i < 4 ? MovePhase.NotReady : MovePhase.Moving, At = Some.Noon }).ToList();
        var tick = new MigrationTick
        {
            Now = Some.Noon.AddMinutes(10),
            Traffic = new TrafficSnapshot(TrafficSnapshot.Empty.Apps.AddRange(apps), TrafficSnapshot.Empty.Fleet, 99),
            // a 20 s ago, b just now, c never, d 40 s ago; of those that move e 16 s ago, f 17 s ago.
            Readiness = new[] { Seen("a", 20), Seen("b", 1), Seen("d", 40), Seen("e", 16), Seen("f", 17) }.ToDictionary(r => r.App),
        };

        MigrationEngine.FindDue(migration, moves, tick).Select(m => m.App.Value).ShouldBe(["f", "e", "c", "d", "a"]);
        MigrationEngine.FindDue(migration, moves, tick with { Now = tick.Now.AddHours(-3) }).Count.ShouldBe(6, "what was seen at a time that is still to come is of nobody knows when: the clock was set back");

        static Readiness Seen(string app, int secondsAgo) => Readiness.Of(SomeMigration.Named(app), Colour.Green, [new Finding("version", Verdict.NotReady, "another")], Some.Noon.AddMinutes(10).AddSeconds(-secondsAgo));
    }
}
