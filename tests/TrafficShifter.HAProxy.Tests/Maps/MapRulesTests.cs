using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Load;

namespace TrafficShifter.HAProxy.Tests.Maps;

/// <summary>Lock, opt-out and target rules on a real HAProxy.</summary>
public sealed class MapRulesTests
{
    private static readonly Colour?[] Choices = [null, Colour.Blue, Colour.Green];

    [Fact]
    public async Task Lock_beats_opt_out_beats_user_beats_group_beats_cookie_beats_network_beats_share_in_every_combination()
    {
        var table = (from held in Choices
                     from optOut in (bool[])[false, true]
                     from stable in (Colour[])[Colour.Blue, Colour.Green]
                     from user in Choices
                     from header in Choices
                     from cookie in Choices
                     from network in Choices
                     from share in (string[])["0%", "100%"]
                     from mode in (MapMode[])[MapMode.Sticky, MapMode.Random]
                     select new Row(held, optOut, stable, user, header, cookie, network, share, mode)).ToList();
        await using var node = await MapNode.StartAsync();
        await node.ApplyAsync(table.Index().Select(x => x.Item.ToApp($"app-{x.Index}")));

        var answers = await node.AskAsync([.. table.Select((_, n) => PipelinedRequest.To($"app-{n}", ("X-User-Id", "alice"), ("X-User-Groups", "none, staff"), ("Cookie", "ts_group=beta")))]);

        table.Count.ShouldBe(3888);
        foreach (var (row, answer) in table.Zip(answers)) answer.Colour.ShouldBe(row.Expected.Word(), row.ToString());
    }

    [Fact]
    public async Task Rules_are_only_about_whom_they_name()
    {
        await using var node = await MapNode.StartAsync();
        await node.ApplyAsync(
            new Row(null, false, Colour.Blue, Colour.Green, Colour.Green, Colour.Green, null, "0%", MapMode.Sticky).ToApp("shop"), MapNode.App("cart", "0%") with { Rules = new TargetRules { OptOut = [UserId.Parse("x")] } });

        (await ColoursAsync("shop", ("X-User-Id", "bob"), ("X-User-Groups", "none"), ("Cookie", "ts_group=other"))).ShouldBe("blue");
        // A cookie is neither a user, nor a group by header, nor a network.
        (await ColoursAsync("shop", ("Cookie", "ts_id=alice; ts_group=staff"))).ShouldBe("blue");
        (await ColoursAsync("shop", ("X-User-Groups", "beta"))).ShouldBe("blue");
        // Another application's rules do not count.
        (await ColoursAsync("cart", ("X-User-Id", "alice"), ("X-User-Groups", "staff"), ("Cookie", "ts_group=beta"))).ShouldBe("blue");
        (await ColoursAsync("shop", ("X-User-Groups", "a,b,c,staff"))).ShouldBe("green");
        (await ColoursAsync("shop", ("X-User-Groups", "a,b,c,d,staff"))).ShouldBe("blue");

        Task<string?> ColoursAsync(string app, params (string, string)[] headers) => node.ColourOfAsync(PipelinedRequest.To(app, headers));
    }

    [Fact]
    public async Task Identity_from_an_untrusted_source_is_ignored_and_does_not_reach_the_server()
    {
        var rules = new Row(null, false, Colour.Blue, Colour.Green, Colour.Green, null, null, "0%", MapMode.Sticky).ToApp("shop");
        var spoofed = PipelinedRequest.To("shop", ("X-User-Id", "alice"), ("X-User-Groups", "staff"));
        await using var open = await MapNode.StartAsync(trusted: false);
        await using var trusting = await MapNode.StartAsync(trusted: true);
        foreach (var node in (MapNode[])[open, trusting]) await node.ApplyAsync(rules, MapNode.App("rand", "0%", MapMode.Random));

        var refused = (await open.AskAsync([spoofed])).Single();
        var believed = (await trusting.AskAsync([spoofed])).Single();
        var random = (await open.AskAsync([spoofed with { Host = "rand.test" }])).Single();

        refused.Colour.ShouldBe("blue");
        // HAProxy leaves a header without a value out.
        foreach (var answer in (PipelinedAnswer[])[refused, random]) answer.Headers.Keys.ShouldNotContain(name => name.StartsWith("x-seen-", StringComparison.Ordinal));
        believed.Colour.ShouldBe("green");
        (believed.Headers["x-seen-user"], believed.Headers["x-seen-groups"]).ShouldBe(("alice", "staff"));
    }

    [Fact]
    public async Task Ten_thousand_users_of_one_app_are_found_and_others_are_not()
    {
        var users = Enumerable.Range(0, TargetRules.MaxUsers).Select(n => UserId.Parse($"user-{n}@example.com")).ToList();
        await using var node = await MapNode.StartAsync();
        await node.ApplyAsync(MapNode.App("shop", "0%") with { Rules = new TargetRules { Users = users.ToDictionary(user => user, _ => Colour.Green) } });

        (await node.AskAsync([.. users.Take(2_000).Select(user => PipelinedRequest.By(user.Value))])).ShouldAllBe(answer => answer.Colour == "green");
        (await node.ColourOfAsync(PipelinedRequest.By("user-10000@example.com"))).ShouldBe("blue");
    }

    private sealed record Row(Colour? Lock, bool OptOut, Colour Stable, Colour? User, Colour? Header, Colour? Cookie, Colour? Network, string Green, MapMode Mode)
    {
        public Colour Expected => Lock ?? (OptOut ? (Colour?)Stable : null) ?? User ?? Header ?? Cookie ?? Network ?? (Green == "100%" ? Colour.Green : Colour.Blue);

        public MappedApp ToApp(string name) => MapNode.App(name, Green, Mode) with
        {
            Lock = Lock,
            Stable = Stable,
            Rules = new TargetRules
            {
                OptOut = OptOut ? [UserId.Parse("alice")] : [],
                Users = User is { } user ? new Dictionary<UserId, Colour> { [UserId.Parse("alice")] = user } : [],
                Groups = [.. Rules(Header, GroupSource.Header, "staff"), .. Rules(Cookie, GroupSource.Cookie, "beta")],
                Networks = Network is { } network ? [new NetworkRule(Core.Traffic.Maps.Network.Parse("127.0.0.0/8"), network)] : [],
            },
        };

        private static IEnumerable<GroupRule> Rules(Colour? to, GroupSource by, string name) => to is { } colour ? [new GroupRule(GroupName.Parse(name), colour, by)] : [];
    }
}
