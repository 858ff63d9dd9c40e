using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts.Story;

/// <summary>What happens to a rollout from outside, by the clock.</summary>
internal sealed class Script
{
    private readonly List<(DateTimeOffset At, RolloutCommand Command)> _commands = [];
    private readonly List<(DateTimeOffset From, DateTimeOffset To, string What)> _spans = [];
    private readonly Dictionary<(string Hook, int Attempt), (int Seconds, int? Status)> _answers = [];
    private readonly List<(DateTimeOffset At, Weights Weights)> _hands = [];

    public required Plan Plan { get; init; }

    public DateTimeOffset Begin { get; } = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    public Script Say(string at, RolloutCommand command) => With(() => _commands.Add((At(at), command)));

    /// <summary>From one time of the day to another; <paramref name="what"/> is one of the words below.</summary>
    public Script While(string from, string to, string what) => With(() => _spans.Add((At(from), At(to), what)));

    /// <summary>A hook's answer to one attempt, so many seconds after it; without a status there is none. Hooks that are not named pass after 30 s.</summary>
    public Script Answer(string hook, int attempt, int seconds, int? status) => With(() => _answers[(hook, attempt)] = (seconds, status));

    public Script Write(string at, int blue, int green, string by) => With(() => _hands.Add((At(at), new Weights { Blue = blue, Green = green, By = by })));

    public IEnumerable<RolloutCommand> Commands(DateTimeOffset now) => _commands.Where(c => c.At == now).Select(c => c.Command);

    public IEnumerable<Weights> Hands(DateTimeOffset now) => _hands.Where(h => h.At == now).Select(h => h.Weights);

    public bool IsStoreAway(DateTimeOffset now) => Is("store away", now);

    public IEnumerable<(string Key, string? Value)> Control(DateTimeOffset now)
    {
        foreach (var (from, to, what) in _spans.Where(s => s.What is "frozen" or "stopped" && (s.From == now || s.To == now)))
        {
            if (what == "frozen") yield return (Keys.Freeze, from == now ? DocumentJson.Write(new FreezeCalendar { Windows = [new FreezeWindow { Name = "morning", From = from, To = to }] }) : null);
            else yield return (Keys.Stop, from == now ? DocumentJson.Write(new StopLine { By = "ben", Reason = "incident 7", At = now }) : null);
        }
    }

    public MetricsAway? FindMetricsAway(DateTimeOffset now) =>
        _spans.Where(s => s.What == "metrics away" && s.From <= now && now < s.To).Select(s => new MetricsAway(now - s.From, "Connection refused")).FirstOrDefault();

    public NodeReport Nodes(DateTimeOffset now)
    {
        var hung = _spans.Where(s => s.What == "hap3 hangs" && s.From <= now && now < s.To).Select(s => now - s.From).ToList();
        var servers = new UsableServers(new(2, 2), new(Is("no servers", now) ? 0 : 2, 2));
        return new([.. Enumerable.Range(1, 5).Select(i => i == 3 && hung is [var since]
            ? new RolloutNode("hap3", NodeObservation.Failing, since, "did not answer within 2 s")
            : new RolloutNode($"hap{i}", NodeObservation.Observed, TimeSpan.Zero, Servers: servers))]);
    }

    public Measurement Measure(DueCheck due, Rollout rollout, DateTimeOffset now) => due.Check.Name switch
    {
        "errors" when Is("errors", now) => Failed(due, now),
        "errors" when Is("both sides bad", now) => Insufficient(due, now) with { BothSides = true, Sentence = "errors: beyond max 0.01 on both sides: 0.5 on green and 0.4 on blue" },
        "errors" when Is("no traffic", now) => Insufficient(due, now),
        _ => new Measurement.Passed { Check = due.Check.Name, Value = 0.001, Limit = due.Check.DescribeLimit(), Query = "q", Window = due.Window, At = now, Sentence = $"{due.Check.Name}: 0.001 is within {due.Check.DescribeLimit()}" },
    };

    /// <summary>What the hook said of an attempt that began at <paramref name="began"/>; null while it has said nothing.</summary>
    public HookOutcome? FindAnswer(HookCall call, DateTimeOffset began, DateTimeOffset now)
    {
        var (seconds, status) = _answers.GetValueOrDefault((call.Hook.Name, call.Attempt), (30, 204));
        var took = TimeSpan.FromSeconds(seconds);
        if (now - began < took) return null;
        return status is { } said ? HookOutcome.OfStatus(said, "ci.example.com", took, now) : new HookOutcome.Error(now, took, "ci.example.com did not answer within 1m");
    }

    private static Measurement.Failed Failed(DueCheck due, DateTimeOffset now) =>
        new() { Check = due.Check.Name, Value = 0.5, Limit = due.Check.DescribeLimit(), Query = "q", Window = due.Window, At = now, Sentence = $"{due.Check.Name}: 0.5 is beyond {due.Check.DescribeLimit()}" };

    private static Measurement.Insufficient Insufficient(DueCheck due, DateTimeOffset now) =>
        new() { Check = due.Check.Name, Limit = due.Check.DescribeLimit(), Query = "q", Window = due.Window, At = now, Sentence = $"{due.Check.Name}: too little data: 3 of 100 requests" };

    private bool Is(string what, DateTimeOffset now) => _spans.Any(s => s.What == what && s.From <= now && now < s.To);

    private DateTimeOffset At(string time) => Begin.Date + Duration.Parse(time) is var at ? new DateTimeOffset(at, TimeSpan.Zero) : default;

    private Script With(Action add)
    {
        add();
        return this;
    }
}
