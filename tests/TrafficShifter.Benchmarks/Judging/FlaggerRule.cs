namespace TrafficShifter.Benchmarks.Judging;

/// <summary>Flagger: each interval a check of the last minute. A failed one stops the advance and is counted, never reset; at the tick after <c>threshold</c> of them it rolls back.</summary>
/// <remarks>No request in the minute is a failed check too ("no values found"). The steps go to 50 %; then it promotes.</remarks>
internal sealed class FlaggerRule : Rule
{
    private const double MaxWeight = 0.5;
    private readonly LastMinute _minute = new();
    private readonly double _interval;
    private readonly int _threshold;
    private readonly double _stepWeight;
    private double _weight;
    private double _due;
    private int _failed;

    public FlaggerRule(double interval, int threshold, double stepWeight)
    {
        (_interval, _threshold, _stepWeight) = (interval, threshold, stepWeight);
        (_weight, _due) = (stepWeight, interval);
    }

    public override double Share => _weight;

    public override Ending Observe(WorldTick tick, double seconds)
    {
        _minute.Add(tick);
        if (seconds < _due - 1e-9) return Ending.GoingOn;
        _due += _interval;
        if (_failed >= _threshold) return Ending.RolledBack;
        if (_minute.IsBad() is not false)
        {
            _failed++;
            return Ending.GoingOn;
        }
        if (_weight >= MaxWeight - 1e-9) return Ending.Promoted;
        _weight = Math.Min(MaxWeight, _weight + _stepWeight);
        return Ending.GoingOn;
    }
}
