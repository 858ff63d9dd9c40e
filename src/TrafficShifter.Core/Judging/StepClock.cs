using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Judging;

/// <summary>Where the rollout is, how long it has been there, and what came through since.</summary>
internal sealed class StepClock
{
    private long _dwell;
    private Share? _share;

    /// <summary>0 before the first tick.</summary>
    public int Step { get; private set; }

    public int PaidStep { get; private set; } = 1;

    public TimeSpan Dwell => TimeSpan.FromMilliseconds(_dwell);

    public long StepRequests { get; private set; }

    public SideCounts Total { get; private set; }

    /// <summary>Stable requests since the last one of the candidate in this step.</summary>
    public long StableAlone { get; private set; }

    /// <summary>Milliseconds for which it has been sure that nothing reaches the candidate; -1 while it is not.</summary>
    public long Alone { get; private set; } = -1;

    public bool IsChange(in JudgeTick tick) => tick.Step != Step || tick.Share != _share || tick.EntersAgain;

    /// <returns>The stake that a step places when it is entered for the first time.</returns>
    public double Enter(in JudgeTick tick, JudgeConstants constants)
    {
        if (tick.Step != Step || tick.EntersAgain) (_dwell, StepRequests, StableAlone, Alone) = (0, 0, 0, -1);
        (Step, _share) = (tick.Step, tick.Share);
        if (Step <= PaidStep) return 0;
        PaidStep = Step;
        return constants.StepStake / (constants.Steps - 1);
    }

    /// <param name="counted">Milliseconds that the dwell counts; not those of an outage, nor those in which the rollout stood still.</param>
    /// <param name="length">All milliseconds of the interval.</param>
    public void Add(Share? share, SideCounts errors, long counted, long length)
    {
        _dwell += counted;
        StepRequests += errors.CandidateRequests;
        Total += errors;
        StableAlone = errors.CandidateRequests > 0 ? 0 : StableAlone + errors.StableRequests;
        // Twenty requests would have been expected on the candidate, and none came: that is no chance any more.
        var isAlone = share is { BasisPoints: > 0 and < Share.MaxBasisPoints } known && StableAlone * known.Ratio / (1 - known.Ratio) >= 20;
        Alone = !isAlone ? -1 : Alone < 0 ? 0 : Alone + length;
    }

    public JudgeState Save(JudgeState state) => state with
    {
        Step = Step,
        PaidStep = PaidStep,
        Share = _share,
        DwellMilliseconds = _dwell,
        StepRequests = StepRequests,
        Total = Total,
        StableAlone = StableAlone,
        AloneMilliseconds = Alone,
    };

    public void Load(JudgeState state)
    {
        (Step, PaidStep, _share, _dwell) = (state.Step, state.PaidStep, state.Share, state.DwellMilliseconds);
        (StepRequests, Total, StableAlone, Alone) = (state.StepRequests, state.Total, state.StableAlone, state.AloneMilliseconds);
    }
}
