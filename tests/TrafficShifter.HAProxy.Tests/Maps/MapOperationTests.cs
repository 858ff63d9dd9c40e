using System.Net.Sockets;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Load;

namespace TrafficShifter.HAProxy.Tests.Maps;

/// <summary>What happens to users while things change or break.</summary>
public sealed class MapOperationTests
{
    private static readonly PipelinedRequest Shop = PipelinedRequest.By("alice");

    [Fact]
    public async Task First_request_after_a_shift_is_served_by_the_new_colour()
    {
        await using var node = await MapNode.StartAsync();
        for (var n = 0; n < 50; n++)
        {
            await node.ApplyAsync(MapNode.App("shop", n % 2 == 0 ? "100%" : "0%"));

            (await node.ColourOfAsync(Shop)).ShouldBe(n % 2 == 0 ? "green" : "blue");
        }
    }

    [Fact]
    public async Task App_is_added_and_removed_while_HAProxy_runs()
    {
        await using var node = await MapNode.StartAsync();
        await node.ApplyAsync(MapNode.App("shop", "0%"));
        (await node.AskAsync([PipelinedRequest.By("alice", "cart")])).Single().Status.ShouldBe(404);

        await node.ApplyAsync(MapNode.App("shop", "0%"), MapNode.App("cart", "100%") with { Hosts = [HostName.Parse("cart.test"), HostName.Parse("basket.test")] });
        (await node.ColourOfAsync(PipelinedRequest.By("alice", "cart"))).ShouldBe("green");
        (await node.ColourOfAsync(new PipelinedRequest("BASKET.test:8080", "/", []))).ShouldBe("green");

        await node.ApplyAsync(MapNode.App("shop", "0%"));
        (await node.AskAsync([PipelinedRequest.By("alice", "cart"), Shop])).Select(answer => answer.Status).ShouldBe([404, 200]);
    }

    [Fact]
    public async Task Colour_without_a_usable_server_leaves_its_users_to_the_other_one_and_the_log_says_so()
    {
        await using var node = await MapNode.StartAsync();
        await node.ApplyAsync(MapNode.App("shop", "100%"), MapNode.App("cart", "0%"), MapNode.App("held", "0%") with { Lock = Colour.Green });

        await node.Process.AskAsync("set server web_green/green1 state maint", CancellationToken.None);
        (await node.ColourOfAsync(Shop)).ShouldBe("blue");
        (await node.ColourOfAsync(PipelinedRequest.To("held"))).ShouldBe("blue");
        await Awaited(() => node.Process.Output.Split('\n').Any(line => line.Contains(" web_blue blue1 200 ", StringComparison.Ordinal) && line.Contains(" s.10000.web.shop ", StringComparison.Ordinal)), "the log line of a failover");

        await node.Process.AskAsync("set server web_green/green1 state ready;set server web_blue/blue1 state maint", CancellationToken.None);
        (await node.ColourOfAsync(PipelinedRequest.To("cart"))).ShouldBe("green");

        await node.Process.AskAsync("set server web_green/green1 state maint", CancellationToken.None);
        (await node.AskAsync([Shop])).Single().Status.ShouldBe(503);

        await node.Process.AskAsync("set server web_green/green1 state ready;set server web_blue/blue1 state ready", CancellationToken.None);
        (await node.ColourOfAsync(Shop)).ShouldBe("green");
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("s.")]
    [InlineData("s.5000")]
    [InlineData("s.5000.")]
    [InlineData("s.5000.nopool.broken")]
    [InlineData("s.5000.web")]
    [InlineData("s.abc.web.broken")]
    [InlineData("s..web.broken")]
    [InlineData("s.-5.web.broken")]
    [InlineData("s.-99999999999999999999.web.broken")]
    [InlineData("s.99999999999999999999.web.broken")]
    [InlineData("r.20000.web.broken")]
    [InlineData("S.5000.web.broken.more.fields")]
    [InlineData("R")]
    [InlineData("x.5000.web.broken")]
    [InlineData("....")]
    [InlineData("g.0.web.broken")]
    [InlineData("%[src].5000.web.broken")]
    public async Task Malformed_row_never_hurts_another_app(string row)
    {
        await using var node = await MapNode.StartAsync();
        await node.ApplyAsync(MapNode.App("shop", "100%"), MapNode.App("broken", "50%"));
        if (row.Length > 0) await node.Process.AskAsync($"set map {node.Files.PathOf(MapFile.Apps)} broken {row}", CancellationToken.None);

        var answers = await node.AskAsync([.. Enumerable.Range(0, 20).SelectMany(n => (PipelinedRequest[])[PipelinedRequest.By($"user-{n}", "broken"), PipelinedRequest.By($"user-{n}")])]);

        answers.Index().Where(x => x.Index % 2 == 1).ShouldAllBe(x => x.Item.Colour == "green");
        answers.Index().Where(x => x.Index % 2 == 0).ShouldAllBe(x => x.Item.Status == 200 || x.Item.Status == 503);
        await node.ApplyAsync(MapNode.App("shop", "100%"), MapNode.App("broken", "100%"));
        (await node.ColourOfAsync(PipelinedRequest.By("alice", "broken"))).ShouldBe("green");
    }

    [Fact]
    public async Task Nobody_notices_ten_thousand_shifts()
    {
        await using var node = await MapNode.StartAsync();
        await node.ApplyAsync(MapNode.App("shop", "50%", MapMode.Random));
        using var enough = new CancellationTokenSource();
        var load = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            using var client = await node.ConnectAsync();
            var answers = 0;
            while (!enough.IsCancellationRequested)
                foreach (var answer in await client.AskAsync([.. Enumerable.Repeat(PipelinedRequest.To("shop"), 20)]))
                    answers += answer is { Status: 200, Colour: not null } ? 1 : throw new InvalidOperationException($"a request failed with {answer.Status}");
            return answers;
        })).ToList();

        var apps = node.Files.PathOf(MapFile.Apps);
        for (var n = 0; n < 10_000; n++)
            (await node.Client.ExecuteAsync([$"set map {apps} {MapNode.App("shop", $"{n % 101}%", n % 3 == 0 ? MapMode.Sticky : MapMode.Random).Row.ToMapRow()}"], CancellationToken.None)).Single().ShouldBeEmpty();

        await enough.CancelAsync();
        (await Task.WhenAll(load)).ShouldAllBe(answers => answers > 0);
    }

    [Fact]
    public async Task Reload_starts_with_what_was_written_to_the_files_and_nobody_notices_it()
    {
        await using var node = await MapNode.StartAsync();
        var image = MapImage.Of([MapNode.App("shop", "100%"), MapNode.App("cart", "0%") with { Lock = Colour.Green }]).Image;
        node.Files.Write(image).ShouldBe([MapFile.Apps, MapFile.Hosts], ignoreOrder: true);
        node.Files.Write(image).ShouldBeEmpty();

        for (var reload = 0; reload < 3; reload++)
        {
            await node.Process.ReloadAsync(CancellationToken.None);

            (await node.AskAsync([Shop, PipelinedRequest.To("cart")])).Select(answer => answer.Colour).ShouldBe(["green", "green"]);
        }
        (await node.Maps.ReadAsync(MapFile.Apps, CancellationToken.None)).Map.Holds(image[MapFile.Apps]).ShouldBeTrue();
        Directory.GetFiles(node.Process.MapsFolder, "*.tmp").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("0%", "blue")]
    [InlineData("100%", "green")]
    public async Task Request_that_ends_in_the_worker_of_before_a_reload_is_served_by_its_colour(string share, string colour)
    {
        await using var node = await MapNode.StartAsync();
        var image = MapImage.Of([MapNode.App("shop", share)]).Image;
        node.Files.Write(image);
        await node.ApplyAsync(MapNode.App("shop", share));
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", node.Process.FrontendPort);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: shop.test\r\n"u8.ToArray());

        await node.Process.ReloadAsync(CancellationToken.None);
        await client.GetStream().WriteAsync("Connection: close\r\n\r\n"u8.ToArray());

        using var reader = new StreamReader(client.GetStream());
        var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
        answer.ShouldStartWith("HTTP/1.1 200");
        answer.ShouldContain($"x-colour: {colour}");
    }

    private static async Task Awaited(Func<bool> happened, string theEvent)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!happened())
        {
            patience.IsCancellationRequested.ShouldBeFalse($"still missing: {theEvent}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        }
    }
}
