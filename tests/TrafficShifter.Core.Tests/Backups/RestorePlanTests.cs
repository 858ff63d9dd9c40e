using TrafficShifter.Core.Backups;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Tests.Backups;

public sealed class RestorePlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 16, 4, 40, TimeSpan.Zero);

    [Fact]
    public void What_was_written_is_read_back_without_what_belongs_to_processes()
    {
        var listing = new Listing([new("apps/shop", "{\"a\":\"ü\\n\"}", 7), new("feed/x/1", "{}", 9), new("live/hap1", "{}", 9, "s"), new("locks/beat", "{}", 9), new("weights/shop", "{}", 8)], 9);
        var good = BackupFile.Read(string.Concat(BackupFile.Write(listing, Now).Select(l => l + "\n"))).ShouldBeOfType<BackupReading.Good>();
        good.Header.ShouldBe(new BackupHeader(BackupFile.Kind, 1, Now, 9));
        good.Entries.ShouldBe([new BackupEntry("apps/shop", 7, "{\"a\":\"ü\\n\"}"), new BackupEntry("weights/shop", 8, "{}")]);
    }

    [Fact]
    public void A_line_that_is_missing_added_or_changed_is_noticed()
    {
        var lines = BackupFile.Write(new Listing([new("apps/a", "1", 1), new("apps/b", "2", 2)], 2), Now).ToList();
        Refused([.. lines[..^1]]).ShouldContain("its last line is missing");
        Refused([lines[0], lines[1], lines[3]]).ShouldContain("lines are missing or were added");
        Refused([lines[0], lines[2], lines[1], lines[3]]).ShouldContain("its checksum is wrong");
        Refused([lines[0].Replace("\"schema\":1", "\"schema\":2", StringComparison.Ordinal), .. lines[1..]]).ShouldContain("written by a newer version");
    }

    [Fact]
    public void Only_what_differs_is_written_and_nothing_is_removed()
    {
        var plan = RestorePlan.Of([new("apps/a", 1, "1"), new("apps/b", 2, "2"), new("plans/p", 3, "3")], [new("apps/a", "1", 40), new("apps/b", "other", 41), new("apps/z", "9", 42), new("live/hap1", "{}", 43)]);
        plan.IsEmpty.ShouldBeFalse();
        (plan.Created.Single(), plan.Changed.Single(), plan.Same, plan.Beside.Single()).ShouldBe(("plans/p", "apps/b", 1, "apps/z"));
        KeysOf(plan).ShouldBe(["plans/p", "apps/b"]);
        plan.Steps.SelectMany(s => s.Changes.Changes).ShouldAllBe(c => c is Change.Set);
    }

    [Fact]
    public void What_a_running_installation_writes_by_itself_is_still_empty() =>
        RestorePlan.Of([], [new("tokens/admin", "{}", 1), new("nodes/hap1", "{}", 2), new("token-uses", "{}", 3), new("locks/controller", "", 4), new("sessions/x", "", 5)]).IsEmpty.ShouldBeTrue();

    [Fact]
    public void The_rollback_of_all_keeps_its_place_among_what_it_concerns()
    {
        var plan = RestorePlan.Of([new("state/old", 5, "o"), new(Keys.FleetRollback, 6, "r"), new("state/new", 7, "n")], [new("state/old", "o", 50), new("state/new", "n", 51)]);
        plan.Steps.Select(s => string.Join(",", s.Changes.Changes.Select(c => c.Key))).ShouldBe(["state/old", Keys.FleetRollback, "state/new"]);
        plan.Steps.ShouldAllBe(s => s.Followed);
    }

    [Fact]
    public void Steps_fit_into_a_transaction()
    {
        var backup = Enumerable.Range(0, 500).Select(i => new BackupEntry(FormattableString.Invariant($"apps/a{i}"), (ulong)i, new string('x', i == 3 ? DocumentJson.MaxBytes : 10))).ToList();
        var plan = RestorePlan.Of(backup, []);
        plan.Steps.ShouldAllBe(s => s.Changes.Operations < ChangeSet.MaxOperations - 2);
        KeysOf(plan).ShouldBe(backup.Select(e => e.Key));
    }

    private static IEnumerable<string> KeysOf(RestorePlan plan) => plan.Steps.SelectMany(s => s.Changes.Changes).Select(c => c.Key);

    private static string Refused(IReadOnlyList<string> lines) => BackupFile.Read(string.Concat(lines.Select(l => l + "\n"))).ShouldBeOfType<BackupReading.Refused>().Problem;
}
