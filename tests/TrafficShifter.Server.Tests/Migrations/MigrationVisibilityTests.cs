using System.Net;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Migrations;

/// <summary>What a migration's answers say to somebody who may see only some of its applications.</summary>
public sealed class MigrationVisibilityTests : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartNewAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task No_sentence_names_what_one_may_not_see_and_no_rule_counts_it()
    {
        var (shop, cart, blog) = (AppName.Parse("shop"), AppName.Parse("cart"), AppName.Parse("blog"));
        var definition = new MigrationDefinition
        {
            To = MigrationTarget.Green, Waves = [new Wave { Name = "all", Select = new WaveSelection { Apps = [shop, cart, blog] } }], Stop = new StopRules { Rollbacks = 3 },
            After = new Dictionary<AppName, IReadOnlyList<AppName>> { [cart] = [shop], [blog] = [cart] },
        };
        var migration = new Migration { Name = "move", Definition = definition, Phase = MigrationPhase.Done, By = "anna", At = At, StartedBy = "anna", StartedAt = At, EndedAt = At, Waves = [new WaveProgress { BeganAt = At, EndedAt = At }], ForgivenRollbacks = 1 };
        const string one = "it begins after shop, which did not move: its rollout was rolled back";
        Move[] moves = [MoveOf(shop, MovePhase.RolledBack, "its rollout was rolled back"), MoveOf(cart, MovePhase.Skipped, one), MoveOf(blog, MovePhase.Skipped, $"it begins after cart, which did not move: {one}")];
        await _server.Store.CommitAsync(ChangeSet.Empty.With([new Change.Set(Keys.Migration("move"), DocumentJson.Write(migration)), .. moves.Select(m => new Change.Set(Keys.Move("move", m.App), DocumentJson.Write(m)))]), CancellationToken.None);

        using var limited = new Client(_server, await Client.MakeTokenAsync(_server, "some", "viewer", ",\"apps\":[\"cart\",\"blog\"]"));
        var report = (await limited.GetAsync("/api/v1/migrations/move/report")).ShouldBe(HttpStatusCode.OK);
        report.Json!["apps"]!.AsArray().Select(a => a!["sentence"]!.GetValue<string>()).ShouldBe(Enumerable.Repeat("it begins after another application, which did not move", 2));
        var answer = (await limited.GetAsync("/api/v1/migrations/move")).ShouldBe(HttpStatusCode.OK);
        (report.Text + answer.Text).ShouldNotContain("shop");
        answer.Json!["stopRule"].ShouldBeNull("what others were forgiven is not to be counted against these");

        var all = (await _server.GetAsync("/api/v1/migrations/move")).ShouldBe(HttpStatusCode.OK);
        all["stopRule"].GetValue<string>().ShouldBe("0 of 3 rollbacks used");
        (await _server.GetAsync("/api/v1/migrations/move/report")).ShouldBe(HttpStatusCode.OK).Text.ShouldContain(one);
    }

    private static Move MoveOf(AppName app, MovePhase phase, string sentence) => new() { Migration = "move", App = app, Wave = 0, Rank = 0, To = Colour.Green, Phase = phase, Sentence = sentence, At = At };
}
