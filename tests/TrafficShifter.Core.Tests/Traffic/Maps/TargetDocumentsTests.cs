using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using static TrafficShifter.Core.Tests.Traffic.Maps.SomeMapped;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

public sealed class TargetDocumentsTests
{
    private const string Version = "01JD2X3Y4Z5A6B7C8D9E0F1G2H";
    private static readonly AppName Shop = AppName.Parse("shop");
    private static readonly TargetRules Small = Users(3);
    private static readonly TargetRules Large = Users(10_000) with { Reason = "größer 🦊" };

    [Fact]
    public void Small_rules_are_one_document()
    {
        var (document, chunks) = TargetChunks.Split(Small, Version);
        chunks.ShouldBeEmpty();
        document.ShouldBeSameAs(Small);
        TargetChunks.Find(Entry(document, 7)).ShouldBeNull();
    }

    [Fact]
    public void Large_rules_are_a_manifest_and_chunks_that_join_to_the_letter()
    {
        var (document, chunks) = TargetChunks.Split(Large, Version);
        var manifest = TargetChunks.Find(Entry(document, 7)).ShouldNotBeNull();

        chunks.Count.ShouldBe(2);
        chunks.ShouldAllBe(c => System.Text.Encoding.UTF8.GetByteCount(c) <= DocumentJson.MaxBytes);
        (manifest.Count, manifest.Users, manifest.Version).ShouldBe((2, 10_000, Version));
        manifest.KeysOf(Shop).ShouldBe([$"target-chunks/shop/{Version}/0", $"target-chunks/shop/{Version}/1"]);
        manifest.Join(Stored(chunks)).ShouldBe(DocumentJson.Write(Large));
        DocumentJson.Write(document).Length.ShouldBeLessThan(1000);
    }

    [Fact]
    public void The_largest_rules_that_are_allowed_fit()
    {
        var rules = new TargetRules
        {
            Users = Enumerable.Range(0, TargetRules.MaxUsers).ToDictionary(i => User($"{i:D128}"), _ => Colour.Green),
            Groups = [.. Enumerable.Range(0, TargetRules.MaxGroups).Select(i => new GroupRule(GroupName.Parse($"{i:D64}"), Colour.Green, GroupSource.Cookie))],
        };
        rules.FindProblem().ShouldBeNull();
        TargetChunks.Split(rules, Version).Chunks.Count.ShouldBeInRange(2, TargetChunks.MaxCount);
    }

    [Fact]
    public void Chunks_that_are_missing_swapped_or_changed_make_nothing()
    {
        var (document, chunks) = TargetChunks.Split(Large, Version);
        var manifest = TargetChunks.Find(Entry(document, 7))!;
        var stored = Stored(chunks).ToList();
        manifest.Join([stored[0], null]).ShouldBeNull();
        manifest.Join([stored[1], stored[0]]).ShouldBeNull();
        manifest.Join([stored[0], stored[1]! with { Value = stored[1]!.Value.Replace("green", "blue", StringComparison.Ordinal) }]).ShouldBeNull();
        manifest.Join([stored[0]]).ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"chunked":{"version":"x","count":0,"sha256":"","users":1}}""")]
    [InlineData("""{"chunked":{"version":"x","count":17,"sha256":"","users":1}}""")]
    [InlineData("""{"chunked":{"version":"../x","count":1,"sha256":"","users":1}}""")]
    [InlineData("""{"chunked":{"version":"x"}}""")]
    [InlineData("""{"chunked":null}""")]
    [InlineData("""{"users":{"chunked":"green"}}""")]
    [InlineData("""["chunked"]""")]
    [InlineData("\"chunked\"")]
    public void What_is_no_manifest_is_none(string value) => TargetChunks.Find(new Entry("targets/shop", value, 1)).ShouldBeNull();

    [Fact]
    public void A_manifest_alone_is_never_taken_for_rules_and_the_last_good_ones_stay_until_its_chunks_are_there()
    {
        var manifest = Entry(TargetChunks.Split(Large, Version).Document, 8);
        var good = Some.Snapshot(Some.Definition.At(1), Some.State.At(2), Entry(Small, 3));

        var broken = good.With([("targets/shop", manifest)], 8);
        broken.Find(Shop).Targets.Value!.Users.Count.ShouldBe(3);
        broken.Problems().ShouldContain("targets/shop is not valid: the chunks that hold its rules are not there, or are not those that were written; the last valid target rules stay");

        var whole = broken.With([("targets/shop", manifest with { Value = DocumentJson.Write(Large) })], 8);
        whole.Find(Shop).Targets.Value!.Users.Count.ShouldBe(10_000);
        whole.Problems().ShouldBeEmpty();
    }

    [Fact]
    public void An_unchanged_manifest_is_not_taken_in_again()
    {
        var manifest = Entry(TargetChunks.Split(Large, Version).Document, 8);
        var whole = Some.Snapshot(Some.Definition.At(1), Some.State.At(2), manifest with { Value = DocumentJson.Write(Large) });
        whole.With([("targets/shop", manifest)], 9).Find(Shop).ShouldBeSameAs(whole.Find(Shop));
    }

    [Fact]
    public void Users_are_counted_without_reading_chunks()
    {
        var manifest = Entry(TargetChunks.Split(Large, Version).Document, 8);
        TargetTotal.CountIn([manifest, new Entry("targets/zoo", DocumentJson.Write(Small), 1), new Entry("targets/odd", "oops", 1), new Entry("targets/zoo/x", DocumentJson.Write(Small), 1)]).ShouldBe(10_003);
    }

    [Fact]
    public void A_change_is_lost_when_the_definition_or_the_chunks_changed_meanwhile()
    {
        var current = Some.Snapshot(Some.Definition.At(3), Some.State.At(4), Entry(Small, 5)).Find(Shop);
        var written = TargetChanges.Write(current, Small, new Change.Unchanged("target-chunks/shop/v/0", 9), TargetTotal.Write(new Entry(Keys.TargetUsers, "{}", 6), 10));
        var changes = TargetChanges.Set(current, TargetRules.None, written, Some.Note).Changes;

        changes.OfType<Change.Put>().Select(p => (p.Key, p.Expected)).ShouldBe([("targets/shop", 5ul), ("claims/target-users", 6ul)]);
        changes.OfType<Change.Unchanged>().Select(u => (u.Key, u.Expected)).ShouldBe([("target-chunks/shop/v/0", 9ul), ("apps/shop", 3ul)]);
        var entry = Reading.Of<HistoryEntry>(new Entry("history/x", changes.OfType<Change.Set>().Single().Value, 1)).Find()!;
        (entry.Kind, entry.Sentence).ShouldBe(("targets.set", "target rules: 3 users → no rules, 3 differences, by anna"));
    }

    [Fact]
    public void The_history_lists_the_first_differences_and_counts_the_rest()
    {
        var before = new TargetRules { Users = new Dictionary<UserId, Colour> { [User("a")] = Colour.Green, [User("b")] = Colour.Green }, OptOut = [User("o")], Groups = [new GroupRule(GroupName.Parse("staff"), Colour.Green)] };
        var after = new TargetRules { Users = new Dictionary<UserId, Colour> { [User("a")] = Colour.Blue }, OptOut = [User("p")], Networks = [Net("10.0.0.0/8")] };
        TargetSummary.Compare(before, after).ShouldBe(
            ["user a → blue", "user b: no rule", "p opted out", "o opted in again", "group staff (header): no rule", "network 10.0.0.0/8 → green"]);
        TargetSummary.Compare(after, after).ShouldBeEmpty();

        var summary = TargetSummary.Of(Large, TargetSummary.Compare(TargetRules.None, Large));
        (summary.Users, summary.Differences!.Count, summary.MoreDifferences).ShouldBe((10_000, 20, 9_980));
    }

    [Fact]
    public void A_group_that_the_application_does_not_declare_is_named()
    {
        var rules = new TargetRules { Groups = [new GroupRule(GroupName.Parse("staff"), Colour.Green), new GroupRule(GroupName.Parse("stuff"), Colour.Green)] };
        rules.FindUnknownGroup([GroupName.Parse("staff"), GroupName.Parse("stuff")]).ShouldBeNull();
        rules.FindUnknownGroup([GroupName.Parse("staff")]).ShouldBe("groups/1/group: \"stuff\" is not one of the application's groups (staff); name it in `groups` of the definition first");
        rules.FindUnknownGroup(null)!.ShouldContain("groups/0/group: \"staff\" is not one of the application's groups (it has none)");
    }

    [Fact]
    public void Rows_of_opted_out_users_follow_the_stable_colour_through_a_promotion()
    {
        var rules = new TargetRules { OptOut = [User("bob")] };
        var before = MapImage.Of([App() with { Rules = rules, Stable = Colour.Blue }]).Image;
        before[MapFile.Users]["bob|shop"].ShouldBe(TargetRows.Blue);
        before.TryReplace(App() with { Rules = rules, Stable = Colour.Blue }, App() with { Rules = rules, Stable = Colour.Green }).ShouldNotBeNull()[MapFile.Users]["bob|shop"].ShouldBe(TargetRows.Green);
        MapImage.Of([App() with { Rules = rules, Stable = Colour.Green }]).Image[MapFile.Users]["bob|shop"].ShouldBe(TargetRows.Green);
    }

    [Fact]
    public void Chunks_that_no_manifest_names_are_orphans_by_version()
    {
        var manifest = Entry(TargetChunks.Split(Large, Version).Document, 8);
        Entry[] chunks = [Chunk("shop", Version, 0), Chunk("shop", Version, 1), Chunk("shop", "OLD", 0), Chunk("shop", "OLD", 1), Chunk("gone", "X", 0), new("target-chunks/odd", "x", 1)];
        var orphans = Retention.FindOrphans(chunks, [manifest]);
        orphans.Keys.ShouldBe(["target-chunks/shop/OLD/", "target-chunks/gone/X/"]);
        orphans["target-chunks/shop/OLD/"].ShouldBe([new Change.Unchanged("targets/shop", 8), new Change.Remove("target-chunks/shop/OLD/0", 4), new Change.Remove("target-chunks/shop/OLD/1", 4)]);
        orphans["target-chunks/gone/X/"][0].ShouldBe(new Change.Unchanged("targets/gone", 0));
    }

    private static TargetRules Users(int count) => new() { Users = Enumerable.Range(0, count).ToDictionary(i => User($"user-{i:D12}"), _ => Colour.Green) };

    private static Entry Entry(TargetRules rules, ulong index) => new("targets/shop", DocumentJson.Write(rules), index);

    private static Entry Chunk(string app, string version, int number) => new($"target-chunks/{app}/{version}/{number}", "x", 4);

    private static IEnumerable<Entry?> Stored(IEnumerable<string> chunks) => chunks.Select((c, i) => new Entry($"target-chunks/shop/{Version}/{i}", c, 4));
}
