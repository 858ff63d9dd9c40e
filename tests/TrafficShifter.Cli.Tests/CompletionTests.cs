using System.Diagnostics;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;

namespace TrafficShifter.Cli.Tests;

public sealed class CompletionTests : ShopFixture
{
    [Theory]
    [InlineData(new[] { "roll" }, new[] { "rollback", "rollout" })]
    [InlineData(new[] { "rollout", "re" }, new[] { "reject", "resume", "retry" })]
    [InlineData(new[] { "rollback", "" }, new[] { "shop" })]
    [InlineData(new[] { "weights", "get", "sh" }, new[] { "shop" })]
    [InlineData(new[] { "rollback", "shop", "--se" }, new[] { "--server", "--sever" })]
    [InlineData(new[] { "apps", "-o", "j" }, new[] { "json", "jsonl" })]
    [InlineData(new[] { "rollout", "start", "shop", "--plan", "st" }, new[] { "standard" })]
    [InlineData(new[] { "rollback", "shop", "--to", "" }, new[] { "blue", "green", "stable" })]
    [InlineData(new[] { "completion", "f" }, new[] { "fish" })]
    [InlineData(new[] { "nosuch", "" }, new string[0])]
    public async Task Words_names_and_options_are_completed(string[] words, string[] expected)
    {
        var run = (await User.TypeAsync(["__complete", .. words])).ShouldExit(ExitCode.Done);
        var found = run.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        if (words is ["nosuch", ..]) return;
        found.ShouldBe(expected);
        run.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_server_it_says_nothing_and_is_no_error()
    {
        User.Variables["SHIFTER_ADDR"] = "http://127.0.0.1:1";
        var run = (await User.TypeAsync(["__complete", "rollback", ""])).ShouldExit(ExitCode.Done);
        (run.Out, run.Error).ShouldBe(("", ""));
    }

    /// <summary>The script is loaded by the real shell, and asks a `shifter` that says what it was asked.</summary>
    [Fact]
    public async Task Bash_completes_by_the_script()
    {
        var script = WriteFile("completion.bash", (await TypeAsync("completion bash")).ShouldExit(ExitCode.Done).Out);
        var fake = WriteFile("shifter", "#!/bin/sh\nprintf '%s\\n' \"$#:$*\"\n");
        File.SetUnixFileMode(fake, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var test = WriteFile("test.bash", $"PATH={User.Home}:$PATH\nsource {script}\nCOMP_WORDS=(shifter rollout wa)\nCOMP_CWORD=2\n_shifter\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\ncomplete -p shifter\n");
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", test]) { RedirectStandardOutput = true })!;
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        output.ShouldBe("3:__complete rollout wa\ncomplete -o default -F _shifter shifter\n");
    }

    [Theory]
    [InlineData("zsh", "compdef _shifter shifter")]
    [InlineData("fish", "complete -c shifter")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task There_is_a_script_for_other_shells(string shell, string part) => (await TypeAsync($"completion {shell}")).ShouldExit(ExitCode.Done).Out.ShouldContain(part);
}
