using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Load;

namespace TrafficShifter.HAProxy.Tests.Maps;

/// <summary>What users get from `map` routing on real HAProxies: how many go to green, and which.</summary>
public sealed class MapSharesTests
{
    [Fact]
    public async Task Random_share_is_within_binomial_bounds_at_every_step()
    {
        const int Requests = 10_000;
        await using var node = await MapNode.StartAsync();
        var requests = Enumerable.Repeat(PipelinedRequest.To("shop"), Requests).ToList();
        foreach (var share in (string[])["0%", "0.01%", "0.1%", "1%", "5%", "50%", "100%"])
        {
            await node.ApplyAsync(MapNode.App("shop", share, MapMode.Random));

            var answers = await node.AskAsync(requests);

            ShouldBeBinomial(answers.Count(answer => answer.Colour == "green"), Requests, Share.Parse(share));
            answers.ShouldAllBe(answer => answer.Status == 200 && answer.MintedId == null);
        }
    }

    [Fact]
    public async Task Sticky_users_are_the_same_on_two_nodes_and_a_growing_share_only_adds_users()
    {
        const int Users = 5_000;
        await using var one = await MapNode.StartAsync();
        await using var two = await MapNode.StartAsync();
        var requests = Enumerable.Range(0, Users).Select(n => PipelinedRequest.By($"user-{n}")).ToList();
        HashSet<int> before = [];
        foreach (var share in (string[])["0%", "0.1%", "1%", "5%", "50%", "100%"])
        {
            foreach (var node in (MapNode[])[one, two]) await node.ApplyAsync(MapNode.App("shop", share));

            var green = await GreenAsync(one);

            green.SetEquals(await GreenAsync(two)).ShouldBeTrue($"at {share}");
            green.IsSupersetOf(before).ShouldBeTrue($"at {share}");
            if (share != "0%") green.Count.ShouldBeGreaterThan(before.Count, $"at {share}");
            ShouldBeBinomial(green.Count, Users, Share.Parse(share));
            before = green;
        }

        async Task<HashSet<int>> GreenAsync(MapNode node) => [.. (await node.AskAsync(requests)).Index().Where(x => x.Item.Colour == "green").Select(x => x.Index)];
    }

    [Fact]
    public async Task First_users_of_one_app_are_not_those_of_another()
    {
        await using var node = await MapNode.StartAsync();
        await node.ApplyAsync(MapNode.App("shop", "10%"), MapNode.App("cart", "10%"));

        var shop = await node.AskAsync([.. Enumerable.Range(0, 3_000).Select(n => PipelinedRequest.By($"user-{n}", "shop"))]);
        var cart = await node.AskAsync([.. Enumerable.Range(0, 3_000).Select(n => PipelinedRequest.By($"user-{n}", "cart"))]);

        // Independent draws have 30 in both.
        shop.Zip(cart).Count(x => x.First.Colour == "green" && x.Second.Colour == "green").ShouldBeInRange(5, 65);
    }

    [Fact]
    public async Task Id_minted_on_the_first_request_gives_the_same_colour_on_the_other_node()
    {
        await using var one = await MapNode.StartAsync(trusted: false);
        await using var two = await MapNode.StartAsync(trusted: false);
        foreach (var node in (MapNode[])[one, two]) await node.ApplyAsync(MapNode.App("shop", "50%"));

        var first = await one.AskAsync([.. Enumerable.Repeat(PipelinedRequest.To("shop"), 500)]);
        var second = await two.AskAsync([.. first.Select(answer => PipelinedRequest.To("shop", ("Cookie", $"other=1; ts_id={answer.MintedId}")))]);

        first.Select(answer => answer.MintedId).ShouldAllBe(id => id != null && id.Length > 0);
        first.Select(answer => answer.MintedId).Distinct().Count().ShouldBe(500);
        second.Select(answer => answer.Colour).ShouldBe(first.Select(answer => answer.Colour));
        second.ShouldAllBe(answer => answer.MintedId == null);
        ShouldBeBinomial(first.Count(answer => answer.Colour == "green"), 500, Share.Parse("50%"));
    }

    [Fact]
    public async Task Header_beats_cookie_and_an_empty_one_is_none()
    {
        await using var node = await MapNode.StartAsync();
        await node.ApplyAsync(MapNode.App("shop", "50%"));
        var users = Enumerable.Range(0, 300).ToList();

        var byHeader = await node.AskAsync([.. users.Select(n => PipelinedRequest.By($"auth0|{n}"))]);
        var byBoth = await node.AskAsync([.. users.Select(n => PipelinedRequest.To("shop", ("X-User-Id", $"auth0|{n}"), ("Cookie", $"ts_id={n}")))]);
        var byCookie = await node.AskAsync([.. users.Select(n => PipelinedRequest.To("shop", ("Cookie", $"ts_id={n}")))]);
        var byCookieAndEmptyHeader = await node.AskAsync([.. users.Select(n => PipelinedRequest.To("shop", ("X-User-Id", ""), ("Cookie", $"ts_id={n}")))]);
        var byNothing = await node.AskAsync([.. users.Select(n => PipelinedRequest.To("shop", ("X-User-Id", ""), ("Cookie", "ts_id=")))]);

        byBoth.Select(a => a.Colour).ShouldBe(byHeader.Select(a => a.Colour));
        byCookieAndEmptyHeader.Select(a => a.Colour).ShouldBe(byCookie.Select(a => a.Colour));
        ShouldBeBinomial(byHeader.Count(a => a.Colour == "green"), users.Count, Share.Parse("50%"));
        byNothing.ShouldAllBe(a => a.MintedId != null);
    }

    /// <summary>Within 5 standard deviations and one: a right split is outside once in a million runs.</summary>
    private static void ShouldBeBinomial(int green, int of, Share share)
    {
        var (expected, deviation) = (of * share.Ratio, Math.Sqrt(of * share.Ratio * (1 - share.Ratio)));
        green.ShouldBeInRange((int)Math.Ceiling(expected - 5 * deviation - (deviation > 0 ? 1 : 0)), (int)Math.Floor(expected + 5 * deviation + (deviation > 0 ? 1 : 0)), $"green at {share}");
    }
}
