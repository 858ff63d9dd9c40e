namespace TrafficShifter.Core.Judging;

/// <summary>Turns a judge into its stored form and back.</summary>
internal static class JudgeSnapshot
{
    public static JudgeState Save(JudgeEvidence evidence, StepClock clock, JudgeConstants constants) => clock.Save(new JudgeState
    {
        Constants = constants,
        Tick = 0,
        Step = 0,
        PaidStep = 1,
        DwellMilliseconds = 0,
        StepRequests = 0,
        Total = default,
        StableAlone = 0,
        AloneMilliseconds = -1,
        MaxE = 1,
        Relative = evidence.Relative.Save(),
        Absolute = evidence.Absolute.Mixture.Save(),
        Latency = [.. evidence.Latency.Select(l => l.Mixture.Save())],
        Go = [evidence.Fine.Save(), evidence.Coarse.Save(), evidence.Last.Save()],
        Pending = [evidence.Pending.Save(), .. evidence.Latency.Select(l => l.Pending.Save())],
        Window = evidence.Window.Save(),
        Interval = evidence.Interval?.Save(),
    });

    public static void Load(JudgeState state, JudgeEvidence evidence, StepClock clock)
    {
        clock.Load(state);
        evidence.Relative.Load(state.Relative);
        evidence.Absolute.Mixture.Load(state.Absolute);
        evidence.Fine.Load(state.Go[0]);
        evidence.Coarse.Load(state.Go[1]);
        evidence.Last.Load(state.Go[2]);
        evidence.Pending.Load(state.Pending[0]);
        evidence.Window.Load(state.Window);
        for (var i = 0; i < evidence.Latency.Length; i++)
        {
            evidence.Latency[i].Mixture.Load(state.Latency[i]);
            evidence.Latency[i].Pending.Load(state.Pending[i + 1]);
        }
        if (state.Interval is not null) evidence.Interval?.Load(state.Interval);
    }
}
