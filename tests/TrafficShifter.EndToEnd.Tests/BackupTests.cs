using TrafficShifter.Cli.Hosting;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>The whole installation is saved by the command line, Consul loses all of it, and it is written back: HAProxy notices nothing.</summary>
[Trait("HAProxy", "any")]
public sealed class BackupTests(BackupTests.Fixture fixture) : IClassFixture<BackupTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Backup_wiped_Consul_restore_and_no_weight_changes_on_any_HAProxy()
    {
        (await _stack.Api.ShiftAsync("shop", 70, 30)).Status.ShouldBe(200);
        (await _stack.Api.RollBackAsync("locked")).Status.ShouldBe(200);
        var file = Path.Combine(_stack.Server.DataDirectory, "prod.backup");
        (await TypeAsync("backup", "-f", file)).ShouldBe(0);
        await using var shop = new WeightLog(_stack.HAProxies[0], _stack.Backend("shop"));
        await using var locked = new WeightLog(_stack.HAProxies[1], _stack.Backend("locked"));

        await _stack.Consul.WipeAsync(CancellationToken.None);
        await Eventually.SeeAsync("the loss is seen", () => _stack.Api.StatusAsync("shop"), s => s.Body.ToString().Contains("kv-lost", StringComparison.Ordinal));
        (await TypeAsync("restore", "-f", file)).ShouldBe(0);

        await Eventually.SeeAsync("shop as it was, on every node", () => _stack.Api.StatusAsync("shop"), s => s.Status == 200 && s.Body.GetProperty("observed").GetBoolean() && s.Body.GetProperty("problems").GetArrayLength() == 0);
        var held = await Eventually.SeeAsync("the lock as it was", () => _stack.Api.StatusAsync("locked"), s => s.Status == 200 && s.Body.GetProperty("observed").GetBoolean());
        held.Body.GetProperty("lock").GetProperty("reason").GetString().ShouldBe("it burns");
        (await _stack.GreenAsync("shop")).ShouldBe([30m, 30m]);
        (await _stack.Api.ShiftAsync("shop", 60, 40)).Status.ShouldBe(200);
        await shop.ShouldHaveSeenAsync(30, 40);
        await locked.ShouldHaveSeenAsync(0);
    }

    private async Task<int> TypeAsync(params string[] arguments)
    {
        using var error = new StringWriter();
        var terminal = new Terminal
        {
            In = TextReader.Null, Out = TextWriter.Null, Error = error, Home = _stack.Server.DataDirectory,
            Variable = name => name switch { "SHIFTER_ADDR" => _stack.Server.Address.ToString(), "SHIFTER_TOKEN" => _stack.Token, _ => null },
        };
        return await Shell.RunAsync(arguments, terminal, CancellationToken.None);
    }

    public sealed class Fixture() : StackFixture(new StackSetup { WithMetrics = false, Backends = [new Backend("shop"), new Backend("locked")] });
}
