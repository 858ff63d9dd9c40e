namespace TrafficShifter.Templates.Tests;

/// <summary>What the script does not believe: HAProxy stays as it is.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private Host? _host;

    private Host Node => _host!;

    private static string Before => Runtime.Of("# rollback blue 5 0", [Runtime.App("shop", 2500, "be0"), Runtime.App("pay", 5000, "be1")]);

    public async Task InitializeAsync()
    {
        _host = await Host.StartAsync("be0", "be1");
        (await _host.Script.ApplyAsync(Before)).ExitCode.ShouldBe(0);
    }

    public async Task DisposeAsync() => await _host!.DisposeAsync();

    [Theory]
    [InlineData("", "it does not begin with|it is not complete")]
    [InlineData("# traffic-shifter 1 runtime\n# rollback none 0 0\n# end 0\n", "it has no application")]
    [InlineData("# traffic-shifter 1 runtime\n# rollback blue 5 0\n# app shop weights be0 - 0 - weights 0 11 11 11 prefix=blue prefix=green\n", "it is not complete")]
    [InlineData("# traffic-shifter 1 runtime\n# rollback blue 5 0\n# app shop weights be0 - 0 - weights 0 11 11 11 prefix=blue prefix=green\n# end 2\n", "it is not complete")]
    [InlineData("# traffic-shifter 1 apps.map\n# rollback blue 5 0\n# app shop weights be0 - 0 - weights 0 11 11 11 prefix=blue prefix=green\n# end 1\n", "it does not begin with")]
    [InlineData("# traffic-shifter 1 runtime\n# rollback blue 5 0\n# broken shop definition\n# broken pay state\n# end 2\n", "it has no application")]
    public async Task What_is_empty_or_cut_short_changes_nothing(string rendered, string why) => await RefusedAsync(rendered, why);

    [Theory]
    [InlineData("# app shop weights be0;disable - 0 - weights 0 11 11 11 prefix=blue prefix=green")]
    [InlineData("# app shop weights be0/x - 0 - weights 0 11 11 11 prefix=blue prefix=green")]
    [InlineData("# app shop weights be0 - 0 - weights 0 11 11 11 prefix=blue servers=a,b;c")]
    [InlineData("# app shop weights be0 - 0 - weights 0 11 11 11 prefix= prefix=green")]
    [InlineData("# app shop weights be0 - 0x10 - weights 0 11 11 11 prefix=blue prefix=green")]
    [InlineData("# app shop weights be0 - 10001 - weights 0 11 11 11 prefix=blue prefix=green")]
    [InlineData("# app shop weights be0 - 5 blue lock 0 11 11 11 prefix=blue prefix=green")]
    [InlineData("# app shop map web.x s 0 - weights 0 11 11 11 - -")]
    [InlineData("# app shop map web R 0 - weights 0 11 11 11 - -")]
    [InlineData("# app shop weights be0 - 0 - weights 0 11 11 11 prefix=blue prefix=green more")]
    public async Task No_line_can_bring_a_command_along_and_it_is_its_own_application_that_is_kept(string line)
    {
        var kept = await Node.Script.ApplyAsync(Runtime.Of("# rollback blue 5 0", [line, Runtime.App("pay", 0, "be1", "blue", "lock", index: 11)]));

        kept.ShouldBe(new Ran(3, "", "kept: shop: line 3 is not understood\n"));
        (await Node.ReadAsync()).ShouldBe(Weights(shop: 2500, pay: 0), ignoreOrder: true);
    }

    [Theory]
    [InlineData("# app SHOP weights be0 - 0 - weights 0 11 11 11 prefix=blue prefix=green")]
    [InlineData("host shop.test;x shop")]
    [InlineData("host shop.test shop;x")]
    [InlineData("set server be0/blue1 weight 0")]
    public async Task A_line_of_no_application_changes_nothing(string line) =>
        await RefusedAsync(Runtime.Of("# rollback blue 5 0", [line, Runtime.App("pay", 0, "be1", index: 11)]), "line . is not understood");

    [Fact]
    public async Task Older_documents_or_a_lost_rollback_change_nothing_until_a_person_accepts_them()
    {
        var wiped = Runtime.File(Runtime.App("shop", 0, "be0", index: 12), Runtime.App("pay", 0, "be1", index: 12));
        await RefusedAsync(wiped, "control/rollback vanished or is older");
        var older = Runtime.Of("# rollback blue 5 0", [Runtime.App("shop", 0, "be0", index: 12), Runtime.App("pay", 0, "be1", index: 9)]);
        await RefusedAsync(older, "Consul's pay is older than what was applied before");

        (await Node.Script.RunAsync(["runtime", "--accept"])).ShouldBe(new Ran(0, "", ""));

        (await Node.ReadAsync()).Values.ShouldAllBe(pair => pair.Equals(Host.Agent(0)));
    }

    [Fact]
    public async Task An_application_that_vanished_keeps_its_weights_and_the_others_follow()
    {
        var kept = await Node.Script.ApplyAsync(Runtime.Of("# rollback blue 5 0", [Runtime.App("shop", 0, "be0", index: 12)]));

        kept.ShouldBe(new Ran(3, "", "kept: pay: it vanished from Consul without being deleted\n"));
        (await Node.ReadAsync()).ShouldBe(Weights(shop: 0, pay: 5000), ignoreOrder: true);
        // It is kept for good, over a HAProxy that has forgotten it too.
        await Node.HAProxy.RestartAsync(CancellationToken.None);
        (await Node.Script.RunAsync(["runtime"])).ExitCode.ShouldBe(3);
        (await Node.ReadAsync()).ShouldBe(Weights(shop: 0, pay: 5000), ignoreOrder: true);
        (await Node.Script.ApplyAsync(Runtime.Of("# rollback blue 5 0", [Runtime.App("shop", 0, "be0", index: 12), "# gone pay 14"]))).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Documents_that_are_not_valid_leave_their_application_as_it_was()
    {
        var kept = await Node.Script.ApplyAsync(Runtime.Of("# rollback blue 5 0", ["# broken shop state", Runtime.App("pay", 0, "be1", source: "stable", index: 12)]));

        kept.ExitCode.ShouldBe(3);
        kept.Errors.ShouldContain("kept: shop: its state in Consul is not there or not valid");
        kept.Errors.ShouldContain("kept: pay: its weights in Consul are not there or not valid");
        (await Node.ReadAsync()).ShouldBe(Weights(shop: 2500, pay: 5000), ignoreOrder: true);
    }

    [Fact]
    public async Task An_unlock_without_its_weights_keeps_the_lock()
    {
        (await Node.Script.ApplyAsync(Runtime.Of("# rollback blue 5 0", [Runtime.App("shop", 0, "be0", "blue", "lock", state: 20), Runtime.App("pay", 5000, "be1")]))).ExitCode.ShouldBe(0);

        // The state of after the unlock, the weights of before the rollback.
        var torn = await Node.Script.ApplyAsync(Runtime.Of("# rollback blue 5 0", [Runtime.App("shop", 2500, "be0", state: 21), Runtime.App("pay", 5000, "be1")]));

        torn.ShouldBe(new Ran(3, "", "kept: shop: it was unlocked, and its new weights are not here yet\n"));
        (await Node.ReadAsync())["be0"].ShouldBe(Host.Agent(0));
        (await Node.Script.ApplyAsync(Runtime.Of("# rollback blue 5 0", [Runtime.App("shop", 10_000, "be0", index: 21), Runtime.App("pay", 5000, "be1")]))).ExitCode.ShouldBe(0);
        (await Node.ReadAsync())["be0"].ShouldBe(Host.Agent(10_000));
    }

    [Fact]
    public async Task A_rollback_of_all_that_is_not_valid_holds_back_no_rollback_of_one_application()
    {
        (await Node.Script.ApplyAsync(Runtime.Of("# rollback blue 15 0", [Runtime.App("shop", 0, "be0", "blue", "rollback"), Runtime.App("pay", 5000, "be1", index: 16)]))).ExitCode.ShouldBe(0);

        // The templates leave out what is not valid: shop is under the rollback of before, which only the script knows.
        var kept = await Node.Script.ApplyAsync(Runtime.Of("# rollback broken 17 0", [Runtime.App("shop", 2500, "be0", index: 10), Runtime.App("pay", 10_000, "be1", "green", "lock", index: 18)]));

        kept.ExitCode.ShouldBe(3, kept.Errors);
        kept.Errors.ShouldContain("kept: control/rollback is not valid; the one of before counts\n");
        kept.Errors.ShouldContain("kept: shop: ");
        (await Node.ReadAsync()).ShouldBe(Weights(shop: 0, pay: 10_000), ignoreOrder: true);
        // It is the valid one that is remembered, and its end is no more believed than before.
        await RefusedFromAsync(Runtime.File(Runtime.App("shop", 2500, "be0", index: 20), Runtime.App("pay", 0, "be1", index: 20)), "control/rollback vanished or is older than before", Weights(shop: 0, pay: 10_000));
    }

    [Fact]
    public async Task A_host_that_has_seen_no_valid_rollback_obeys_locks_and_nothing_that_may_be_under_one()
    {
        await using var fresh = await Host.StartAsync("be0", "be1", "be2");

        var kept = await fresh.Script.ApplyAsync(Runtime.Of("# rollback broken 17 0", [Runtime.App("shop", 2500, "be0"), Runtime.App("pay", 10_000, "be1", "green", "lock"), Runtime.App("new", 7000, "be2", index: 18)]));

        kept.ExitCode.ShouldBe(3, kept.Errors);
        kept.Errors.ShouldContain("kept: shop: control/rollback is not valid and may be meant for it\n");
        (await fresh.ReadAsync()).ShouldBe(new Dictionary<string, (int, int)> { ["be0"] = (100, 0), ["be1"] = Host.Agent(10_000), ["be2"] = Host.Agent(7000) }, ignoreOrder: true);
    }

    private static Dictionary<string, (int Blue, int Green)> Weights(int shop, int pay) => new() { ["be0"] = Host.Agent(shop), ["be1"] = Host.Agent(pay) };

    private Task RefusedAsync(string rendered, string why) => RefusedFromAsync(rendered, why, Weights(shop: 2500, pay: 5000));

    private async Task RefusedFromAsync(string rendered, string why, Dictionary<string, (int Blue, int Green)> stay)
    {
        var ran = await Node.Script.ApplyAsync(rendered);

        ran.ExitCode.ShouldBe(2, ran.Errors);
        ran.Errors.ShouldMatch(why);
        (await Node.ReadAsync()).ShouldBe(stay, ignoreOrder: true);
    }
}
