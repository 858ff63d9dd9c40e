using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

public sealed class TokenTests : ShopFixture
{
    [Fact]
    public async Task A_token_is_made_used_within_its_limits_listed_and_revoked()
    {
        var made = (await TypeAsync("token create ci --role operator --app shop --verb rollback,shift --expires 90d")).ShouldExit(ExitCode.Done);
        made.Error.ShouldContain("This is shown once and never again:");
        using var pipeline = User.Of(Server);
        pipeline.Variables["SHIFTER_TOKEN"] = made.Out.Trim();
        (await pipeline.TypeAsync("weights set shop green=10%")).ShouldExit(ExitCode.Done);
        (await pipeline.TypeAsync("whoami")).ShouldExit(ExitCode.Done).Out.ShouldContain("operator of shop");
        (await pipeline.TypeAsync("unlock shop")).ShouldExit(ExitCode.NotAllowed).Error.ShouldContain("try:    shifter whoami says what this token may do");
        (await pipeline.TypeAsync("backup")).ShouldExit(ExitCode.NotAllowed);
        (await pipeline.TypeAsync("token")).ShouldExit(ExitCode.NotAllowed);

        var listed = (await TypeAsync("token list")).ShouldExit(ExitCode.Done).Out;
        listed.ShouldContain("ci");
        listed.ShouldContain("rollback,shift");
        listed.ShouldNotContain(made.Out.Trim());
        (await TypeAsync("token revoke nobody --yes")).ShouldExit(ExitCode.NotFound);
        (await TypeAsync("token revoke ci")).ShouldExit(ExitCode.Usage);
        (await TypeAsync("token revoke ci --yes --reason leaked")).ShouldExit(ExitCode.Done);

        (await pipeline.TypeAsync("rollback shop --timeout 1s")).ShouldExit(ExitCode.NotAllowed);
    }

    [Fact]
    public async Task A_secret_can_go_straight_into_a_file_that_only_its_owner_reads()
    {
        var file = Path.Combine(User.Home, "anna.token");
        var made = (await User.TypeAsync(["token", "create", "anna", "--role", "viewer", "--out", file])).ShouldExit(ExitCode.Done);
        made.Out.ShouldBeEmpty();
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        User.Variables.Remove("SHIFTER_TOKEN");
        User.Variables["SHIFTER_TOKEN_FILE"] = file;
        (await TypeAsync("whoami -o name")).ShouldExit(ExitCode.Done).Out.ShouldBe("anna" + Environment.NewLine);
        (await TypeAsync("token create anna --role nobody")).ShouldExit(ExitCode.Usage);
    }
}
