using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Access;

public sealed class AccessDocumentsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private static ApiToken Token => new()
    {
        Id = "01kakj0000000000000000000a", Sha256 = new string('a', 64), Name = "ci-shop", Role = Role.Operator, Apps = [AppPattern.Parse("shop-*")], Owners = ["payments"], Verbs = ["start"],
        CreatedAt = Noon, CreatedBy = "anna", ExpiresAt = Noon.AddDays(90),
    };

    [Fact]
    public void A_token_is_stored_so() => Golden.Matches("token.json", Token);

    [Fact]
    public void A_session_is_stored_so() => Golden.Matches("session.json", new SessionDocument { Token = "admin", OpenedAt = Noon, UsedAt = Noon.AddMinutes(5) });

    [Fact]
    public void The_last_uses_are_stored_so() => Golden.Matches("token-uses.json", new TokenUseDocument { Uses = new Dictionary<string, DateTimeOffset> { ["admin"] = Noon } });

    [Theory]
    [InlineData(0, false)]
    [InlineData(90 * 24 - 1, false)]
    [InlineData(90 * 24, true)]
    public void A_token_expires_at_its_moment(int hours, bool expired) => Token.IsExpired(Noon.AddHours(hours)).ShouldBe(expired);

    [Fact]
    public void The_history_of_a_token_has_no_hash()
    {
        var note = new ChangeNote("01JD2X3Y4Z5A6B7C8D9E0F1G2H", "anna", "pipeline", Noon, new ChangeOrigin("10.0.0.9", "10.0.0.5", "admin"));
        foreach (var changes in new[] { TokenChanges.Create(Token, 0, note), TokenChanges.Revoke(Token, 7, null, note) })
        {
            var entry = changes.Changes.OfType<Change.Set>().ShouldHaveSingleItem();
            entry.Key.ShouldBe("history/-/01JD2X3Y4Z5A6B7C8D9E0F1G2H");
            entry.Value.ShouldNotContain(Token.Sha256);
            var read = Reading.Of<HistoryEntry>(new Entry(entry.Key, entry.Value, 1)).Find()!;
            (read.App, read.By, read.From, read.Via, read.Token, read.Outcome).ShouldBe((null, "anna", "10.0.0.9", "10.0.0.5", "admin", ChangeOutcome.Done));
        }
    }

    [Fact]
    public void The_keeper_is_an_admin_of_all_who_lasts_longest()
    {
        var (limited, expired, soon, later) = (Token with { Id = "limited", Role = Role.Admin, Verbs = null }, Admin("expired", -1), Admin("soon", 1), Admin("later", 2));
        TokenChanges.FindKeeper([(limited, 1), (expired, 2)], Admin("last", 9), Noon).ShouldBeNull();
        TokenChanges.FindKeeper([(limited, 1), (expired, 2), (soon, 3), (later, 4)], Admin("last", 9), Noon).ShouldBe((later, 4UL));
        TokenChanges.FindKeeper([(soon, 3)], soon, Noon).ShouldBeNull("not itself");
    }

    [Fact]
    public void Uses_are_written_by_the_hour_and_forgotten_with_their_token()
    {
        var known = new TokenUseDocument { Uses = new Dictionary<string, DateTimeOffset> { ["a"] = Noon, ["gone"] = Noon } };
        known.With(new Dictionary<string, DateTimeOffset> { ["a"] = Noon.AddMinutes(59) }, new HashSet<string> { "a" }).ShouldBeNull();
        known.With(new Dictionary<string, DateTimeOffset> { ["a"] = Noon.AddHours(1), ["gone"] = Noon.AddHours(5) }, new HashSet<string> { "a" })!.Uses.ShouldBe(new Dictionary<string, DateTimeOffset> { ["a"] = Noon.AddHours(1) });
    }

    [Theory]
    [InlineData(null, null, null, true)]
    [InlineData("shop", "ci", "weights", true)]
    [InlineData("shop", "01kakj", "weights.set", true)]
    [InlineData("blog", null, null, false)]
    [InlineData(null, "c", null, false)]
    [InlineData(null, null, "weight", false)]
    public void A_filter_takes_what_it_names(string? app, string? by, string? kind, bool matches)
    {
        var entry = new HistoryEntry { Id = "1", App = Some.Shop, Kind = "weights.set", By = "ci", Token = "01kakj", At = Noon, Sentence = "" };
        new HistoryFilter(app is null ? null : Core.Apps.AppName.Parse(app), by, kind, Noon, Noon.AddSeconds(1)).Matches(entry).ShouldBe(matches);
        new HistoryFilter(From: Noon.AddTicks(1)).Matches(entry).ShouldBeFalse();
        new HistoryFilter(To: Noon).Matches(entry).ShouldBeFalse();
        new HistoryFilter(Outcome: ChangeOutcome.Held).Matches(entry).ShouldBeFalse();
    }

    private static ApiToken Admin(string id, int days) => new() { Id = id, Sha256 = new string('b', 64), Role = Role.Admin, ExpiresAt = Noon.AddDays(days) };
}
