using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Migrations;

namespace TrafficShifter.Server.Tests.Migrations;

public sealed class DrivenMigrationsTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_is_not_driven_is_read_again_only_when_it_is_written_again()
    {
        var known = new DrivenMigrations();
        known.Read([Entry(MigrationPhase.Done, 5), new Entry("migrations/broken", "{", 6)]).ShouldBeEmpty();
        known.Read([Entry(MigrationPhase.Running, 5)]).ShouldBeEmpty("at the same index nothing else is written: it is not read");
        known.Read([Entry(MigrationPhase.Running, 7)]).ShouldHaveSingleItem().Name.ShouldBe("move");
        known.Read([Entry(MigrationPhase.Paused, 7)]).ShouldHaveSingleItem().Phase.ShouldBe(MigrationPhase.Paused, "what is driven is read each time");
        known.Read([]).ShouldBeEmpty();
    }

    private static Entry Entry(MigrationPhase phase, ulong index) => new("migrations/move", DocumentJson.Write(new Migration
    {
        Name = "move", Phase = phase, By = "anna", At = At, StartedBy = "anna", StartedAt = At, Waves = [new WaveProgress { BeganAt = At }],
        Definition = new MigrationDefinition { To = MigrationTarget.Green, Waves = [new Wave { Name = "all", Select = new WaveSelection { Apps = [AppName.Parse("shop")] } }] },
    }), index);
}
