using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Judging;

public sealed class JudgeStateTests
{
    [Fact]
    public void State_is_stored_in_one_form() => Golden.Matches("judge.json", Some().Save("shop-01JZ"));

    [Fact]
    public void State_is_small() => JsonSerializer.SerializeToUtf8Bytes(Some().Save("shop-01JZ"), DocumentJson.Options).Length.ShouldBeLessThan(12 * 1024);

    [Fact]
    public void State_that_does_not_fit_its_constants_is_refused()
    {
        var state = Some().Save();

        state.FindProblem().ShouldBeNull();
        Should.Throw<ArgumentException>(() => Judge.Restore(state with { Latency = [] })).Message.ShouldContain("not as many as the constants say");
        Should.Throw<ArgumentException>(() => Judge.Restore(state with { Relative = new([1], 0, 0) })).Message.ShouldContain("not one number for each bet");
        Should.Throw<ArgumentException>(() => Judge.Restore(state with { Constants = state.Constants with { K = 0 } })).Message.ShouldContain("k: 0");
    }

    private static Judge Some()
    {
        var constants = new JudgeBaseline { ErrorRatio = 0.001, Phi = 1.25, Latency = [new() { Quantile = LatencyQuantile.P90, AboveSeconds = 0.25 }] }.Apply(new JudgeConstants());
        var judge = Judge.Start(constants, losses: 1);
        var ticks = new Ticks { Share = Share.Parse("10%") };
        judge.Observe(ticks.Next(new(50, 0, 450, 1), slow90: new(50, 5, 450, 45)));
        judge.Observe(ticks.Next(new(1, 0, 4, 0)));
        return judge;
    }
}
