using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Tests.Access;

public sealed class GrantTests
{
    [Theory]
    [InlineData("shop", "shop", true)]
    [InlineData("shop", "shop-2", false)]
    [InlineData("shop-*", "shop-2", true)]
    [InlineData("shop-*", "shop", false)]
    [InlineData("*", "anything", true)]
    [InlineData("*-test", "shop-test", true)]
    [InlineData("*-test", "shop-test-2", false)]
    [InlineData("a*b*c", "axxbyybc", true)]
    [InlineData("a*b*c", "axxbyyb", false)]
    [InlineData("a**b", "ab", true)]
    public void A_pattern_matches_whole_names(string pattern, string app, bool matches) => AppPattern.Parse(pattern).Matches(AppName.Parse(app)).ShouldBe(matches);

    [Fact]
    public void A_pattern_that_somebody_made_up_takes_no_time() =>
        AppPattern.Parse(string.Concat(Enumerable.Repeat("a*", 31)) + "b").Matches(AppName.Parse(new string('a', 63))).ShouldBeFalse();

    [Theory]
    [InlineData("", "empty")]
    [InlineData("Shop", "'S'")]
    [InlineData("shop/..", "'/'")]
    [InlineData("sh op", "U+0020")]
    public void What_is_no_pattern_says_why(string text, string says) => AppPattern.FindProblem(text).ShouldNotBeNull().ShouldContain(says);

    [Theory]
    [InlineData(Role.Viewer, null, null, null, "view", true)]
    [InlineData(Role.Viewer, null, null, null, "rollback", false)]
    [InlineData(Role.Operator, null, null, null, "rollback", true)]
    [InlineData(Role.Operator, "shop", null, null, "rollback", true)]
    [InlineData(Role.Operator, "blog", null, null, "rollback", false)]
    [InlineData(Role.Operator, null, "payments", null, "rollback", true)]
    [InlineData(Role.Operator, null, "press", null, "rollback", false)]
    [InlineData(Role.Operator, "blog", "payments", null, "rollback", true)]
    [InlineData(Role.Operator, "shop", null, "start", "rollback", false)]
    [InlineData(Role.Operator, "shop", null, "start", "start", true)]
    [InlineData(Role.Operator, "shop", null, "start", "view", true)]
    [InlineData(Role.Viewer, "shop", null, "start", "start", false)]
    public void For_an_application_it_is_the_role_the_limits_and_the_verbs(Role role, string? app, string? owner, string? verb, string asked, bool permitted) =>
        new Identity("x", "x", [Of(role, app, owner, verb)], []).Permits(Verbs.Find(asked)!, Shop, ["payments"]).ShouldBe(permitted);

    [Fact]
    public void What_is_for_all_at_once_is_for_those_who_are_not_limited()
    {
        foreach (var verb in Verbs.All.Where(v => v.Reach == Reach.Fleet))
        {
            new Identity("x", "x", [Of(Role.Admin)], []).Permits(verb).ShouldBeTrue(verb.Name);
            new Identity("x", "x", [Of(Role.Admin, "*")], []).Permits(verb).ShouldBeFalse(verb.Name);
            new Identity("x", "x", [Of(Role.Admin, verb: "start")], []).Permits(verb).ShouldBeFalse(verb.Name);
        }
    }

    [Fact]
    public void Several_grants_are_one_beside_the_other_and_never_mixed()
    {
        var both = new Identity("x", null, [Of(Role.Viewer), Of(Role.Operator, "blog")], []);
        both.Permits(Verbs.View, Shop, []).ShouldBeTrue();
        both.Permits(Verbs.RollBack, Shop, []).ShouldBeFalse();
        both.Permits(Verbs.RollBack, AppName.Parse("blog"), []).ShouldBeTrue();
    }

    [Fact]
    public void A_refusal_says_what_one_may_what_it_needs_and_whom_to_ask()
    {
        var eve = new Identity("eve", "1", [Of(Role.Viewer, "shop")], []);
        eve.Refuse(Verbs.RollBack, Shop, ["payments"]).ShouldBe("\"eve\" (viewer of shop) may view \"shop\"; to roll back in an emergency needs an operator of it. Ask its owners (payments) or an admin.");
        eve.Refuse(Verbs.RollBackAll, null, []).ShouldBe("\"eve\" (viewer of shop) may not roll back every application: that needs the role admin for all applications. Ask an admin.");
        eve.Refuse(Verbs.View, AppName.Parse("blog"), ["press"]).ShouldBe("\"eve\" (viewer of shop) may not see \"blog\". Ask an admin.");
        new Identity("zoe", null, [], []).Refuse(Verbs.Look, null, []).ShouldBe("\"zoe\" (no role) may not see nodes, plans, freezes and who one is: that needs the role viewer. Ask an admin.");
    }

    [Fact]
    public void Each_verb_has_one_name_and_every_offered_one_is_in_the_table()
    {
        Verbs.All.Select(v => v.Name).ShouldBeUnique();
        Verbs.OfApps.Concat(Verbs.OfRollouts).ShouldAllBe(v => v.Reach == Reach.App && Verbs.All.Contains(v));
    }

    private static AppName Shop => AppName.Parse("shop");

    private static Grant Of(Role role, string? app = null, string? owner = null, string? verb = null) =>
        new(role, app is null ? null : [AppPattern.Parse(app)], owner is null ? null : [owner], verb is null ? null : [verb]);
}
