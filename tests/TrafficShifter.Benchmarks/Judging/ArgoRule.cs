namespace TrafficShifter.Benchmarks.Judging;

/// <summary>Argo Rollouts: a step of 10 % each minute, and beside it an analysis each minute that aborts at its fourth failure (failureLimit 3), or its fifth error in a row.</summary>
internal sealed class ArgoRule : Rule
{
    private const int FailureLimit = 3;
    private const int ConsecutiveErrorLimit = 4;
    private readonly LastMinute _minute = new();
    private double _due = 60;
    private int _step = 1;
    private int _failed;
    private int _errors;

    public override double Share => 0.1 * _step;

    public override Ending Observe(WorldTick tick, double seconds)
    {
        _minute.Add(tick);
        if (seconds < _due - 1e-9) return Ending.GoingOn;
        _due += 60;
        var bad = _minute.IsBad();
        _errors = bad is null ? _errors + 1 : 0;
        if (bad == true) _failed++;
        if (_failed > FailureLimit || _errors > ConsecutiveErrorLimit) return Ending.RolledBack;
        return _step++ == 5 ? Ending.Promoted : Ending.GoingOn;
    }
}
