using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

/// <summary>Which installation a command speaks to, and as whom.</summary>
public sealed class ContextTests : ShopFixture
{
    private string Config => Path.Combine(User.Home, ".config", "shifter", "config.json");

    [Fact]
    public async Task A_login_keeps_the_token_in_a_file_that_only_its_owner_reads()
    {
        using var user = new User();
        (await user.TypeAsync($"login --server {Server.Address} --token-stdin", Server.Token + "\n")).ShouldExit(ExitCode.Done).Error.ShouldStartWith("signed in to default");
        var folder = Path.Combine(user.Home, ".config", "shifter");
        foreach (var file in new[] { "config.json", "default.token" }) File.GetUnixFileMode(Path.Combine(folder, file)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.ReadAllText(Path.Combine(folder, "config.json")).ShouldNotContain(Server.Token);
        (await user.TypeAsync("apps -o name")).ShouldExit(ExitCode.Done).Out.ShouldBe("shop" + Environment.NewLine);

        (await user.TypeAsync("logout")).ShouldExit(ExitCode.Done);

        File.Exists(Path.Combine(folder, "default.token")).ShouldBeFalse();
        (await user.TypeAsync("apps")).ShouldExit(ExitCode.NotAllowed);
        (await user.TypeAsync("logout")).ShouldExit(ExitCode.NotFound);
    }

    [Fact]
    public async Task A_wrong_token_is_not_kept()
    {
        using var user = new User();
        (await user.TypeAsync($"login --server {Server.Address} --token-stdin", "ts_wrong")).ShouldExit(ExitCode.NotAllowed);
        File.Exists(Path.Combine(user.Home, ".config", "shifter", "config.json")).ShouldBeFalse();
        (await user.TypeAsync($"login --server {Server.Address}")).ShouldExit(ExitCode.Usage).Error.ShouldContain("--token-stdin");
    }

    [Fact]
    public async Task A_token_file_that_others_can_read_is_refused()
    {
        var file = WriteFile("token", Server.Token);
        User.Variables.Remove("SHIFTER_TOKEN");
        User.Variables["SHIFTER_TOKEN_FILE"] = file;
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        (await TypeAsync("apps")).ShouldExit(ExitCode.NotAllowed).Error.ShouldContain("can be read by others");
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        (await TypeAsync("apps")).ShouldExit(ExitCode.Done);
    }

    [Fact]
    public async Task Flags_come_before_variables_and_those_before_the_context()
    {
        using var user = new User();
        (await user.TypeAsync("context set test --server http://127.0.0.1:1 --environment TEST")).ShouldExit(ExitCode.Done);
        (await user.TypeAsync($"context set prod --server {Server.Address} --environment PROD")).ShouldExit(ExitCode.Done);
        (await user.TypeAsync("context")).ShouldExit(ExitCode.Done).Out.ShouldContain("*  test  http://127.0.0.1:1/");
        user.Variables["SHIFTER_TOKEN"] = Server.Token;
        (await user.TypeAsync("apps")).ShouldExit(ExitCode.Away);
        user.Variables["SHIFTER_CONTEXT"] = "prod";
        (await user.TypeAsync("unlock shop")).Error.ShouldStartWith($"shop on PROD ({Server.Address.ToString().TrimEnd('/')})");
        user.Variables["SHIFTER_ADDR"] = "http://127.0.0.1:2";
        (await user.TypeAsync("apps")).ShouldExit(ExitCode.Away).Error.ShouldContain("127.0.0.1:2");
        (await user.TypeAsync("apps --context prod")).ShouldExit(ExitCode.Done);
        (await user.TypeAsync($"apps --server {Server.Address}")).ShouldExit(ExitCode.Done);
        (await user.TypeAsync("apps --context nosuch")).ShouldExit(ExitCode.NotFound);
        (await user.TypeAsync("apps --server ftp://x")).ShouldExit(ExitCode.Usage);
        (await user.TypeAsync("apps --server http://user:secret@x/")).ShouldExit(ExitCode.Usage).Error.ShouldNotContain("secret");
    }

    [Fact]
    public async Task The_token_of_one_installation_is_not_sent_to_another_address()
    {
        using var user = new User();
        (await user.TypeAsync($"login --context prod --server {Server.Address} --token-stdin", Server.Token)).ShouldExit(ExitCode.Done);
        (await user.TypeAsync("apps")).ShouldExit(ExitCode.Done);
        var localhost = $"http://localhost:{Server.Address.Port}/";
        (await user.TypeAsync($"apps --server {localhost}")).ShouldExit(ExitCode.NotAllowed);
    }

    [Fact]
    public async Task Contexts_are_used_and_deleted_and_a_broken_file_says_so()
    {
        (await TypeAsync("context set eu --server https://eu.example")).ShouldExit(ExitCode.Done);
        (await TypeAsync("context set us --server https://us.example")).ShouldExit(ExitCode.Done);
        (await TypeAsync("context use us")).ShouldExit(ExitCode.Done);
        (await TypeAsync("context list -o name")).Out.ShouldBe($"eu{Environment.NewLine}us{Environment.NewLine}");
        (await TypeAsync("context use uss")).ShouldExit(ExitCode.NotFound).Error.ShouldContain("did you mean us?");
        (await TypeAsync("context delete us")).ShouldExit(ExitCode.Done);
        (await TypeAsync("context list")).Out.ShouldNotContain("*");
        (await TypeAsync("context set new")).ShouldExit(ExitCode.Usage).Error.ShouldContain("needs an address");
        File.WriteAllText(Config, "{");
        (await TypeAsync("apps")).ShouldExit(ExitCode.Usage).Error.ShouldContain("is not a configuration");
    }
}
