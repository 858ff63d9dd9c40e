using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Agents;

namespace TrafficShifter.Server.Tests.Agents;

public sealed class DesiredFileTests : IDisposable
{
    private static readonly AppName Shop = AppName.Parse("shop");
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("desired-");

    private string FilePath => Path.Combine(_directory.FullName, "desired.json");

    private string Journal => FilePath + ".journal";

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void What_was_kept_is_found_again_in_its_latest_state()
    {
        var file = new DesiredFile(FilePath);
        var snapshot = Keep(file, null, 10, 1);
        snapshot = Keep(file, snapshot, 20, 2);
        Keep(file, snapshot, 30, 3);

        Found().Find(Shop).Weights.Value!.Green.ShouldBe(30);
        Found().Index.ShouldBe(3UL);
        new FileInfo(FilePath).Length.ShouldBeLessThan(new FileInfo(Journal).Length, "later changes are in the journal");
    }

    [Fact]
    public void A_journal_line_that_was_cut_is_as_if_it_had_not_been_written()
    {
        var file = new DesiredFile(FilePath);
        var snapshot = Keep(file, null, 10, 1);
        snapshot = Keep(file, snapshot, 20, 2);
        var whole = File.ReadAllText(Journal).Length;
        Keep(file, snapshot, 30, 3);
        File.WriteAllText(Journal, File.ReadAllText(Journal)[..(whole + 40)]);

        Found().Find(Shop).Weights.Value!.Green.ShouldBe(20);
    }

    [Fact]
    public void Writing_the_whole_state_empties_the_journal()
    {
        var file = new DesiredFile(FilePath);
        var snapshot = Keep(file, Keep(file, null, 10, 1), 20, 2);
        file.HasJournal.ShouldBeTrue();

        file.KeepWhole(snapshot);

        file.HasJournal.ShouldBeFalse();
        Found().Find(Shop).Weights.Value!.Green.ShouldBe(20);
    }

    [Fact]
    public void A_rollback_of_all_is_a_line_of_the_journal_however_many_applications_there_are()
    {
        var file = new DesiredFile(FilePath);
        var entries = Enumerable.Range(0, 5_000).Select(n => new Entry(Keys.WeightsOf(AppName.Parse($"app-{n}")), DocumentJson.Write(new Weights { Blue = 90, Green = 10 }), 1));
        var before = TrafficSnapshot.Empty.With(entries.Select(e => (e.Key, (Entry?)e)), 1);
        file.Keep(before, before.Apps.Keys.ToHashSet());
        var whole = new FileInfo(FilePath).LastWriteTimeUtc;
        var rollback = new FleetRollback { To = RollbackTarget.Blue, By = "ann", Reason = "everything burns", At = DateTimeOffset.UnixEpoch };
        var after = before.With([(Keys.FleetRollback, new Entry(Keys.FleetRollback, DocumentJson.Write(rollback), 2))], 2);

        file.Keep(after, after.ChangedSince(before));

        after.ChangedSince(before).Count.ShouldBe(5_000);
        new FileInfo(FilePath).LastWriteTimeUtc.ShouldBe(whole);
        new FileInfo(Journal).Length.ShouldBeLessThan(1_000);
        Found().Fleet.Value!.Reason.ShouldBe("everything burns");
        Found().Apps.Count.ShouldBe(5_000);
    }

    [Fact]
    public void A_broken_whole_file_is_written_anew_by_the_next_change()
    {
        File.WriteAllText(FilePath, "nonsense");
        var file = new DesiredFile(FilePath);
        Should.Throw<JsonException>(file.Find);

        Keep(file, null, 40, 7);

        Found().Find(Shop).Weights.Value!.Green.ShouldBe(40);
    }

    [Fact]
    public void Target_rules_are_journalled_when_they_changed_and_not_with_every_shift()
    {
        var file = new DesiredFile(FilePath);
        var snapshot = Keep(file, Keep(file, null, 10, 1), 20, 2);
        snapshot = Target(file, snapshot, 1_000, 3);
        var withRules = new FileInfo(Journal).Length;
        for (var i = 4; i < 14; i++) snapshot = Keep(file, snapshot, i, (ulong)i);

        (new FileInfo(Journal).Length - withRules).ShouldBeLessThan(withRules);
        Found().Find(Shop).Targets.Value!.Users.Count.ShouldBe(1_000);
        var next = new DesiredFile(FilePath);
        snapshot = next.Find()!;
        withRules = new FileInfo(Journal).Length;
        Keep(next, snapshot, 50, 20);
        (new FileInfo(Journal).Length - withRules).ShouldBeLessThan(1_000, "they are on the disk since before the restart");
        Target(next, snapshot, 5, 21);
        Found().Find(Shop).Targets.Value!.Users.Count.ShouldBe(5);
    }

    private static TrafficSnapshot Target(DesiredFile file, TrafficSnapshot before, int users, ulong index)
    {
        var rules = new TargetRules { Users = Enumerable.Range(0, users).ToDictionary(i => UserId.Parse($"user-{i}"), _ => Colour.Green) };
        var after = before.With([(Keys.TargetsOf(Shop), new Entry(Keys.TargetsOf(Shop), DocumentJson.Write(rules), index))], index);
        file.Keep(after, new HashSet<AppName> { Shop });
        return after;
    }

    private TrafficSnapshot Found() => new DesiredFile(FilePath).Find().ShouldNotBeNull();

    private static TrafficSnapshot Keep(DesiredFile file, TrafficSnapshot? before, int green, ulong index)
    {
        var entry = new Entry(Keys.WeightsOf(Shop), DocumentJson.Write(new Weights { Blue = 100 - green, Green = green }), index);
        var after = (before ?? TrafficSnapshot.Empty).With([(entry.Key, entry)], index);
        file.Keep(after, new HashSet<AppName> { Shop });
        return after;
    }
}
