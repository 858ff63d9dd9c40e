using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

public sealed class BackupTests : ShopFixture
{
    private string Backup => Path.Combine(User.Home, "prod.backup");

    [Fact]
    public async Task What_was_backed_up_is_there_again_after_everything_was_wiped_and_no_weight_was_set_meanwhile()
    {
        (await TypeAsync("weights set shop green=30% --wait 5s")).ShouldExit(ExitCode.Done);
        (await TypeAsync("plan apply -f -", "name: mine\nsteps: [{ share: 10%, hold: 10s }]\nchecks: [{ name: errors, query: errors, max: 0.01, window: 5s }]")).ShouldExit(ExitCode.Done);
        (await TypeAsync($"backup -f {Backup}")).ShouldExit(ExitCode.Done);
        File.GetUnixFileMode(Backup).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var set = 0;
        Server.LoadBalancer.HAProxy.WeightSet += _ => Interlocked.Increment(ref set);
        await WipeAsync();
        await Server.EventuallyAsync("/api/v1/apps/shop/status", s => s["problems"]!.AsArray().Any(p => p!.GetValue<string>().StartsWith("kv-lost", StringComparison.Ordinal)), "the loss");

        var dry = (await TypeAsync($"restore -f {Backup} --dry-run")).ShouldExit(ExitCode.Done);
        dry.Out.ShouldStartWith("would write the backup of ");
        (await TypeAsync("plan get mine")).ShouldExit(ExitCode.NotFound);
        (await TypeAsync($"restore -f {Backup}")).ShouldExit(ExitCode.Done).Out.ShouldStartWith("wrote the backup of ");

        await Server.EventuallyAsync("/api/v1/apps/shop/status", s => s["problems"]!.AsArray().Count == 0 && s["observed"]!.GetValue<bool>(), "shop as it was");
        (await Server.GetAsync("/api/v1/apps/shop/weights"))["green"].GetValue<int>().ShouldBe(30);
        (await TypeAsync("plan get mine")).ShouldExit(ExitCode.Done);
        (await TypeAsync("history --app shop -o json")).Out.ShouldContain("app.created");
        set.ShouldBe(0);
        (await TypeAsync($"restore -f {Backup} --yes")).ShouldExit(ExitCode.Done).Out.ShouldContain("0 keys created, 0 changed");
    }

    [Fact]
    public async Task Where_something_was_decided_already_it_needs_a_yes()
    {
        (await TypeAsync($"backup -f {Backup}")).ShouldExit(ExitCode.Done);
        (await TypeAsync("weights set shop green=30% --wait 5s")).ShouldExit(ExitCode.Done);
        var refused = (await TypeAsync($"restore -f {Backup}")).ShouldExit(ExitCode.Usage);
        refused.Error.ShouldContain("is not empty");
        (await Server.SendAsync(HttpMethod.Put, "/api/v1/backup", File.ReadAllText(Backup))).ShouldBeProblem(409, "not-empty", null, "?overwrite=true does it");
        (await Server.GetAsync("/api/v1/apps/shop/weights"))["green"].GetValue<int>().ShouldBe(30);

        (await TypeAsync($"restore -f {Backup} --yes")).ShouldExit(ExitCode.Done);

        (await Server.GetAsync("/api/v1/apps/shop/weights"))["green"].GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task A_backup_that_was_cut_or_changed_is_refused_here_and_by_the_server()
    {
        var whole = (await TypeAsync("backup")).ShouldExit(ExitCode.Done).Out;
        whole.Split('\n')[0].ShouldStartWith("{\"kind\":\"traffic-shifter backup\",\"schema\":1,");
        foreach (var (text, says) in new[]
        {
            (whole[..(whole.Length / 2)], "its last line is missing"),
            (whole.Replace("\\\"green\\\":0", "\\\"green\\\":1", StringComparison.Ordinal), "its checksum is wrong"),
            ("{}", "a line is not as a backup's"),
            ("", "it does not begin as a backup does"),
        })
        {
            (await TypeAsync("restore -f - --yes", text)).ShouldExit(ExitCode.No).Error.ShouldContain(says);
            (await Server.SendAsync(HttpMethod.Put, "/api/v1/backup?overwrite=true", text)).ShouldBeProblem(422, "impossible", "", says);
        }
    }

    [Fact]
    public async Task Tokens_are_in_it_as_hashes_and_what_belongs_to_processes_is_not()
    {
        var whole = (await TypeAsync("backup")).ShouldExit(ExitCode.Done).Out;
        whole.ShouldNotContain(Server.Token);
        var keys = whole.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..^1].Select(l => JsonNode.Parse(l)!["key"]!.GetValue<string>()).ToList();
        keys.ShouldContain("tokens/admin");
        keys.ShouldContain("state/shop");
        keys.ShouldAllBe(k => !k.StartsWith("live/", StringComparison.Ordinal) && !k.StartsWith("locks/", StringComparison.Ordinal) && !k.StartsWith("feed/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rollback_of_all_that_was_undone_since_does_not_come_back()
    {
        (await TypeAsync("rollback --all --yes")).ShouldExit(ExitCode.Done);
        await Server.EventuallyAsync("/api/v1/apps/shop/status", s => s["source"]!.GetValue<string>() == "lock", "the rollback swept into the state");
        (await TypeAsync("unlock shop")).ShouldExit(ExitCode.Done);
        (await TypeAsync("weights set shop green=30% --wait 5s")).ShouldExit(ExitCode.Done);
        (await TypeAsync($"backup -f {Backup}")).ShouldExit(ExitCode.Done);

        (await TypeAsync($"restore -f {Backup} --yes")).ShouldExit(ExitCode.Done);

        var status = await Server.EventuallyAsync("/api/v1/apps/shop/status", s => s["observed"]!.GetValue<bool>(), "shop observed");
        status["lock"].ShouldBeNull();
        status["wanted"]!["green"]!.GetValue<string>().ShouldBe("30%");
    }

    private async Task WipeAsync()
    {
        foreach (var entry in (await Server.Store.ListAsync("", CancellationToken.None)).Entries.Where(e => e.Session is null && !e.Key.StartsWith("live/", StringComparison.Ordinal)))
            await Server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Remove(entry.Key, entry.ModifyIndex)), CancellationToken.None);
    }
}
