namespace TrafficShifter.Core.Judging;

/// <summary>Compares the candidate with the stable side while both serve, and may be asked at any time without losing its bound: see docs/judge.md.</summary>
/// <remarks>Pure and without a clock. <see cref="Observe"/> allocates nothing. Not safe for use from several threads.</remarks>
public sealed class Judge
{
    private readonly JudgeEvidence _evidence;
    private readonly StepClock _clock = new();
    private double _maxE = 1;
    private int _tick;
    private DateTimeOffset? _last;
    private bool _skewed;

    private Judge(JudgeConstants constants, int losses, DifferenceInterval? interval)
    {
        if (constants.FindProblem() is { } problem) throw new ArgumentException(problem, nameof(constants));
        ArgumentOutOfRangeException.ThrowIfNegative(losses);
        (Constants, Losses) = (constants, losses);
        _evidence = new JudgeEvidence(constants, interval);
        Interval = interval;
    }

    public JudgeConstants Constants { get; private set; }

    /// <summary>How often the state was lost in this rollout.</summary>
    public int Losses { get; }

    /// <summary>The bound that this judge keeps: alpha, halved by each loss of the state.</summary>
    public double Alpha => Math.ScaleB(Constants.Alpha, -Losses);

    /// <summary>The difference of the error ratios with its bounds; null when the judge was started without.</summary>
    public DifferenceInterval? Interval { get; }

    /// <summary>End of the last interval that was counted or skipped; null before the first.</summary>
    public DateTimeOffset? LastSample => _last;

    /// <param name="losses">How often the state was lost in this rollout: then the judge starts anew with a smaller alpha.</param>
    /// <param name="interval">Also computes <see cref="Interval"/>, for people.</param>
    /// <exception cref="ArgumentException">The constants are not such; the message says which.</exception>
    public static Judge Start(JudgeConstants constants, int losses = 0, bool interval = true) => new(constants, losses, interval ? new DifferenceInterval(constants) : null);

    /// <exception cref="ArgumentException">The state has a problem; the message says which.</exception>
    public static Judge Restore(JudgeState state)
    {
        if (state.FindProblem() is { } problem) throw new ArgumentException(problem, nameof(state));
        var judge = Start(state.Constants, state.Losses, state.Interval is not null);
        JudgeSnapshot.Load(state, judge._evidence, judge._clock);
        (judge._tick, judge._maxE, judge._last) = (state.Tick, state.MaxE, state.LastSample);
        return judge;
    }

    public JudgeState Save(string? rollout = null) =>
        JudgeSnapshot.Save(_evidence, _clock, Constants) with { Rollout = rollout, Losses = Losses, Tick = _tick, MaxE = _maxE, LastSample = _last };

    /// <summary>Sets the bounds of latency tests that have none yet. They come from the stable side alone, and the tests count nothing before.</summary>
    public void ChooseLatency(IReadOnlyList<LatencyTest> chosen) =>
        Constants = Constants with { Latency = [.. Constants.Latency.Select(t => t.AboveSeconds is null && chosen.FirstOrDefault(c => c.Quantile == t.Quantile) is { } found ? found : t)] };

    /// <summary>Notes an interval that is no evidence: the share changed in it, or its counts are incomplete.</summary>
    public void Skip(DateTimeOffset at)
    {
        if (!(at <= _last)) _last = at;
    }

    /// <summary>Counts an interval and decides. The same interval again changes nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative count, no length, or a step that the rollout does not have.</exception>
    public JudgeVerdict Observe(in JudgeTick tick)
    {
        Check(tick);
        if (tick.At <= _last) return Decide(tick.CandidateUnreachable);
        var length = (long)Math.Max(1, tick.Length.TotalMilliseconds);
        var errors = tick.Errors.Capped();
        _skewed = tick.Errors.IsSkewed || tick.Slow50 is { IsSkewed: true } || tick.Slow90 is { IsSkewed: true } || tick.Slow99 is { IsSkewed: true };
        if (_tick > 0 && _clock.IsChange(tick)) _evidence.ChangeShare();
        var stake = _clock.Enter(tick, Constants);
        _tick++;
        _last = tick.At;
        if (_tick == 1) stake += Constants.FirstStake + (Constants.Steps == 1 ? Constants.StepStake : 0);
        if (_tick <= Constants.EvalTicksOr30Minutes) stake += Constants.EvalStake / Constants.EvalTicksOr30Minutes;
        _evidence.Pay(stake);
        _evidence.Add(tick, errors, length);
        _clock.Add(tick.Share, errors, tick.StandsStill ? 0 : Math.Min(length, (long)Constants.StaleAfter.TotalMilliseconds), length);
        _maxE = Math.Max(_maxE, _evidence.Combine(IsBlamed() ? _evidence.EAbsolute : 0));
        return Decide(tick.CandidateUnreachable);
    }

    /// <summary>What to do while no new sample has come. The time does not count for the step.</summary>
    public JudgeVerdict Wait(TimeSpan sinceLastSample)
    {
        var verdict = Decide(unreachable: false);
        return sinceLastSample < Constants.StaleAfter || verdict.Action == JudgeAction.RollBack ? verdict : verdict with { Action = JudgeAction.Hold, Reason = JudgeReason.Stale };
    }

    /// <summary>What the absolute test's guard sees: how likely the split of the last minute's errors is by chance, and whether it lets the test roll back.</summary>
    public (double Tail, bool Passes) ReadGuard() => (AbsoluteTest.TailOf(_evidence.Window.Sum), _evidence.Absolute.MayBlame(_evidence.Window.Sum));

    private bool IsGuardNeeded => Constants.Weights.Absolute * _evidence.EAbsolute >= 0.2 / Alpha;

    private bool IsBlamed() => !IsGuardNeeded || _evidence.Absolute.MayBlame(_evidence.Window.Sum);

    private JudgeVerdict Decide(bool unreachable)
    {
        var blamed = IsBlamed();
        var whole = _evidence.Combine(_evidence.EAbsolute);
        var (action, reason) = JudgeRules.Decide(Constants, _evidence, _clock, worse: _maxE >= 1 / Alpha, whole, unreachable);
        return new JudgeVerdict
        {
            Action = action,
            Reason = reason,
            E = whole,
            ERoll = blamed ? whole : _evidence.Combine(0),
            PAnytime = Math.Min(1, 1 / _maxE),
            ERelative = _evidence.Relative.E,
            EAbsolute = _evidence.EAbsolute,
            ESlow50 = _evidence.ESlow(LatencyQuantile.P50),
            ESlow90 = _evidence.ESlow(LatencyQuantile.P90),
            ESlow99 = _evidence.ESlow(LatencyQuantile.P99),
            GoFine = _evidence.Fine.E,
            GoCoarse = _evidence.Coarse.E,
            GoLast = _evidence.Last.E,
            GuardNeeded = IsGuardNeeded,
            GuardPassed = blamed,
            Tick = _tick,
            Step = _clock.Step,
            Dwell = _clock.Dwell,
            StepRequests = _clock.StepRequests,
            Total = _clock.Total,
            LastMinute = _evidence.Window.Sum,
            MissingRequests = JudgeRules.EstimateMissing(Constants, _evidence, _clock),
            Skewed = _skewed,
        };
    }

    private void Check(in JudgeTick tick)
    {
        if (tick.Errors.HasNegative || tick.Slow50 is { HasNegative: true } || tick.Slow90 is { HasNegative: true } || tick.Slow99 is { HasNegative: true })
            throw new ArgumentOutOfRangeException(nameof(tick), "a count is negative");
        if (tick.Length <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(tick), "an interval has a length");
        if (tick.Step < 1 || tick.Step > Constants.Steps) throw new ArgumentOutOfRangeException(nameof(tick), $"the rollout has the steps 1 to {Constants.Steps}, not {tick.Step}");
    }
}
