using System.Diagnostics;
using System.Runtime.CompilerServices;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using Xunit.Abstractions;

namespace TrafficShifter.Core.Tests.Rollouts.Story;

/// <summary>A plan of four hours with every kind of step, gate and hook, through every kind of outage, with a controller that dies at each write: in simulated time.</summary>
public sealed class FourHourTests(ITestOutputHelper output)
{
    private const string Plan = """
        { "name": "everything",
          "steps": [
            { "share": "0.5%", "hold": "10m", "hooks": ["smoke"] },
            { "geometric": { "from": "1%", "factor": 2, "to": "4%" }, "hold": "10m", "hooks": [] },
            { "share": "10%", "hold": "20m", "iterations": 15, "checks": ["errors"], "hooks": [] },
            { "linear": { "from": "20%", "by": "10%", "to": "40%" }, "hold": "20m", "hooks": [] },
            { "share": "50%", "hold": "30m", "gate": { "approvers": ["anna"], "expires": "2h" }, "hooks": ["load"] },
            { "share": "100%", "hold": "90m" } ],
          "checks": [
            { "name": "errors", "query": "e", "max": 0.01, "window": "5m", "interval": "1m", "failuresInARow": 3 },
            { "name": "latency", "query": "l", "max": 0.3, "window": "5m", "interval": "1m", "mode": "observe" } ],
          "hooks": [
            { "name": "smoke", "type": "preStep", "url": "https://ci.example.com/smoke", "timeout": "1m", "interval": "1m", "failuresInARow": 2 },
            { "name": "load", "type": "gate", "url": "https://ci.example.com/load", "interval": "5m", "onFailure": "hold" },
            { "name": "after", "type": "postRollout", "url": "https://ci.example.com/after", "failuresInARow": 3 } ],
          "stepDeadline": "2h", "deadline": "8h", "nodeGrace": "5m", "metricsOutage": { "after": "10m", "do": "pause" } }
        """;

    [Fact]
    public void Four_hours_end_as_they_are_written_down()
    {
        var began = Stopwatch.GetTimestamp();
        var told = new Simulation(Eventful(), Crashes.AfterEachDecision).Run();
        output.WriteLine($"{(told.Now - Eventful().Begin).TotalHours:0.0} h in {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms; {told.Starts} processes; {told.Log.Count} lines");

        Matches("four-hours.txt", told.Log);
        Parse().LeastTime.ShouldBe(TimeSpan.FromHours(4));
        (told.Rollout.Phase, told.State.Stable, told.State.Rollout, told.Weights.ShareOf(Colour.Green)).ShouldBe((RolloutPhase.Succeeded, Colour.Green, null, Share.All));
        told.Asked.ShouldBe(told.Asked.Distinct(), "no attempt was under way when a process died, so none was made twice");
    }

    [Fact]
    public void The_same_twice_is_the_same_to_the_letter() =>
        new Simulation(Eventful(), Crashes.AfterEachDecision).Run().Log.ShouldBe(new Simulation(Eventful(), Crashes.AfterEachDecision).Run().Log);

    [Fact]
    public void A_controller_that_dies_at_every_write_decides_the_same_only_later()
    {
        var (living, dying) = (new Simulation(Quiet(), Crashes.Never).Run(), new Simulation(Quiet(), Crashes.AfterEachWrite).Run());
        output.WriteLine($"{living.Starts} process: {living.Now - Quiet().Begin}; {dying.Starts} processes: {dying.Now - Quiet().Begin}");

        Kinds(dying).ShouldBe(Kinds(living));
        dying.Starts.ShouldBeGreaterThan(500);
        dying.Now.ShouldBeGreaterThan(living.Now);
        dying.Rollout.Phase.ShouldBe(RolloutPhase.Succeeded);
        dying.Asked.Distinct().ShouldBe(living.Asked);

        static IEnumerable<string> Kinds(Simulation told) => told.Log.Where(l => !l.Contains(" waits (", StringComparison.Ordinal) && !l.Contains(" is told (", StringComparison.Ordinal)).Select(l => l.Split(' ')[1]);
    }

    [Fact]
    public void Failing_checks_roll_back_in_the_last_step_in_a_freeze_while_a_controller_dies_at_every_write()
    {
        var told = new Simulation(Quiet().While("15h", "17h", "frozen").While("15h10m", "17h", "errors"), Crashes.AfterEachWrite).Run();

        (told.Rollout.Phase, told.State.Stable, told.Weights.ShareOf(Colour.Green)).ShouldBe((RolloutPhase.RolledBack, Colour.Blue, Share.None));
        told.Rollout.Outcome.ShouldStartWith("errors: 0.5 is beyond max 0.01");
        told.Log[^1].ShouldStartWith("17:0", Case.Sensitive, "the hook after the end waits for the end of the freeze");
    }

    /// <summary>Nothing but the gate's word; the later one is for who is late. Hooks answer within a turn, which is all that a process has that dies at every write.</summary>
    private static Script Quiet() => new Script { Plan = Parse() }.Answer("smoke", 1, 10, 204).Answer("load", 1, 10, 204).Say("11h30m", new RolloutCommand.Approve("anna")).Say("14h", new RolloutCommand.Approve("anna"));

    private static Script Eventful() => new Script { Plan = Parse() }
        // Before the first step: a freeze, then a smoke test that is away, fails, and passes.
        .While("8h", "8h5m", "frozen").Answer("smoke", 1, 60, null).Answer("smoke", 2, 20, 500).Answer("smoke", 3, 40, 204)
        // 0.5 %: two failures, which are not three.
        .While("8h11m", "8h13m", "errors")
        // 1 %: a node hangs for longer than its grace. 2 %: the metrics are away, for a while and for too long.
        .While("8h24m", "8h40m", "hap3 hangs").While("8h37m", "8h42m", "metrics away").While("8h49m", "9h1m", "metrics away").Say("9h10m", new RolloutCommand.Resume("ben", "they are back"))
        // 4 %: the store is away.
        .While("9h15m", "9h23m", "store away")
        // 10 %: too little traffic. 20 %: weights by hand. 30 %: the line is stopped; both sides are bad.
        .While("9h40m", "9h46m", "no traffic").Write("10h10m", 60, 40, "carl").Say("10h20m", new RolloutCommand.Resume("anna", "as planned"))
        .While("10h50m", "11h5m", "stopped").While("11h15m", "11h20m", "both sides bad")
        // 40 %: a person pauses.
        .Say("11h30m", new RolloutCommand.Pause("ben", "lunch")).Say("11h45m", new RolloutCommand.Resume("ben"))
        // 50 %: the load test fails twice; who is not asked says yes; who is says it.
        .Answer("load", 1, 60, 500).Answer("load", 2, 60, 500).Say("12h45m", new RolloutCommand.Approve("carl")).Say("13h", new RolloutCommand.Approve("anna", "looks good"))
        // 100 %: at its end too few servers, then success; the last hook fails once.
        .While("14h20m", "14h50m", "no servers").Answer("after", 1, 10, 503);

    private static Plan Parse() => PlanParser.Parse(Plan).ShouldBeOfType<PlanParsing.Good>().Plan;

    private static void Matches(string file, IReadOnlyList<string> log, [CallerFilePath] string test = "")
    {
        var (path, written) = (Path.Combine(Path.GetDirectoryName(test)!, "golden", file), string.Join('\n', log) + "\n");
        File.Exists(path).ShouldBeTrue($"there is no golden file {path}; the log is\n{written}");
        written.ShouldBe(File.ReadAllText(path));
    }
}
