namespace TrafficShifter.Core.Judging;

/// <summary>Between which bounds the difference of the error ratios, candidate − stable, lies: each bound holds with 95 %, at all times together. For people; no decision asks it.</summary>
/// <remarks>For each rung of a ladder of differences one test that the candidate is worse by more, and one that it is worse by less. Bounds are the best so far.</remarks>
public sealed class DifferenceInterval
{
    private const double Enough = 20;

    private readonly RelativeTest _ratios;
    private readonly Mixture[] _worse;
    private readonly GoTest[] _better;
    private readonly double _phi;

    internal DifferenceInterval(JudgeConstants constants)
    {
        _phi = constants.Phi;
        _ratios = new RelativeTest(constants.RatioBets);
        _worse = [.. Ladder.Select(_ => new Mixture(_ratios.Bets))];
        _better = [.. Ladder.Select(_ => new GoTest(constants.GoBets))];
    }

    /// <summary>The differences that are tried, as parts of one: 0 to 5 points.</summary>
    public static IReadOnlyList<double> Ladder { get; } = [0, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05];

    /// <summary>The candidate's error ratio is higher by more than this; null while that cannot be said of any rung.</summary>
    public double? Lower { get; private set; }

    /// <summary>The candidate's error ratio is not higher by as much as this; null while that cannot be said of any rung.</summary>
    public double? Upper { get; private set; }

    internal void Pay(double stake)
    {
        foreach (var worse in _worse) worse.Pay(stake);
    }

    internal void Add(SideCounts batch)
    {
        Span<double> logs = stackalloc double[_ratios.Bets];
        Span<double> perDelta = stackalloc double[_ratios.Bets];
        Span<double> less = stackalloc double[_ratios.Bets];
        Span<double> go = stackalloc double[_better[0].Bets];
        _ratios.Weigh(batch, 1, logs, perDelta);
        _better[0].Weigh(batch, go);
        for (var rung = 0; rung < _worse.Length; rung++)
        {
            for (var i = 0; i < less.Length; i++) less[i] = (logs[i] - Ladder[rung] * perDelta[i]) / _phi;
            _worse[rung].Update(less);
            _better[rung].Update(batch, go, Ladder[rung], _phi);
            if (_worse[rung].E >= Enough && !(Lower >= Ladder[rung])) Lower = Ladder[rung];
            if (_better[rung].E >= Enough && !(Upper <= Ladder[rung])) Upper = Ladder[rung];
        }
    }

    internal IntervalState Save() => new([.. _worse.Select(w => w.Save())], [.. _better.Select(b => b.Save())]) { Lower = Lower, Upper = Upper };

    internal void Load(IntervalState state)
    {
        if (state.Worse.Count != _worse.Length || state.Better.Count != _better.Length) throw new ArgumentException("the saved ladder has another length", nameof(state));
        for (var rung = 0; rung < _worse.Length; rung++)
        {
            _worse[rung].Load(state.Worse[rung]);
            _better[rung].Load(state.Better[rung]);
        }
        (Lower, Upper) = (state.Lower, state.Upper);
    }
}

/// <summary>The interval as it is stored.</summary>
public sealed record IntervalState(IReadOnlyList<MixtureState> Worse, IReadOnlyList<IReadOnlyList<double>> Better)
{
    public double? Lower { get; init; }

    public double? Upper { get; init; }
}
