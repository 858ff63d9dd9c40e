namespace TrafficShifter.Core.Judging;

/// <summary>All e-values of a rollout. Given ticks in order, it knows of no clock and no step but what they say.</summary>
internal sealed class JudgeEvidence
{
    private readonly JudgeConstants _constants;
    private readonly RelativeTest _ratios;
    private readonly long _batchAge;

    public JudgeEvidence(JudgeConstants constants, DifferenceInterval? interval)
    {
        _constants = constants;
        _batchAge = (long)constants.BatchAge.TotalMilliseconds;
        _ratios = new RelativeTest(constants.RatioBets);
        Relative = new Mixture(_ratios.Bets);
        Absolute = new AbsoluteTest(constants);
        Latency = [.. constants.Latency.Select(t => new LatencyProcess(t.Quantile, _ratios.Bets))];
        (Fine, Coarse, Last) = (new GoTest(constants.GoBets), new GoTest(constants.GoBets), new GoTest(constants.GoBets));
        Window = new CountWindow(constants.WindowTicks);
        Interval = interval;
    }

    public Mixture Relative { get; }

    public AbsoluteTest Absolute { get; }

    public LatencyProcess[] Latency { get; }

    public GoTest Fine { get; }

    public GoTest Coarse { get; }

    public GoTest Last { get; }

    public PendingBatch Pending { get; } = new();

    public CountWindow Window { get; }

    public DifferenceInterval? Interval { get; }

    public double EAbsolute => _constants.Weights.Absolute > 0 ? Absolute.Mixture.E : 1;

    /// <summary>Places stake in every process; each uses it at its next update.</summary>
    public void Pay(double stake)
    {
        Relative.Pay(stake);
        Absolute.Mixture.Pay(stake);
        foreach (var latency in Latency) latency.Mixture.Pay(stake);
        Interval?.Pay(stake);
    }

    /// <summary>Judges what was counted at the old share, before any stake of the new one is placed.</summary>
    public void ChangeShare()
    {
        if (Pending.TryClose(out var errors)) Judge(errors);
        foreach (var latency in Latency)
            if (latency.Pending.TryClose(out var slow)) Judge(latency, slow);
        Window.Clear();
    }

    public void Add(in JudgeTick tick, SideCounts errors, long milliseconds)
    {
        Window.Add(errors);
        Absolute.Update(errors);
        Pending.Add(errors, milliseconds);
        if (Pending.TryClose(_constants.BatchMin, _batchAge, out var batch)) Judge(batch);
        foreach (var latency in Latency)
        {
            if (tick.Slow(latency.Quantile) is not { } slow) continue;
            latency.Pending.Add(slow.Capped(), milliseconds);
            if (latency.Pending.TryClose(_constants.BatchMin, _batchAge, out batch)) Judge(latency, batch);
        }
    }

    /// <summary>The weighted average of all e-values against the candidate.</summary>
    public double Combine(double absolute)
    {
        var slow = 0.0;
        foreach (var latency in Latency) slow += latency.Mixture.E;
        var weights = _constants.Weights;
        return weights.Relative * Relative.E + weights.Absolute * absolute + weights.Latency * (Latency.Length == 0 ? 1 : slow / Latency.Length);
    }

    public double ESlow(LatencyQuantile quantile)
    {
        foreach (var latency in Latency)
            if (latency.Quantile == quantile) return latency.Mixture.E;
        return 1;
    }

    private void Judge(SideCounts batch)
    {
        _ratios.Update(Relative, batch, _constants.K, _constants.Delta, _constants.Phi);
        Span<double> logs = stackalloc double[Fine.Bets];
        Fine.Weigh(batch, logs);
        Fine.Update(batch, logs, _constants.MarginFine, _constants.Phi);
        Coarse.Update(batch, logs, _constants.MarginCoarse, _constants.Phi);
        Last.Update(batch, logs, _constants.MarginLast, _constants.Phi);
        Interval?.Add(batch);
    }

    private void Judge(LatencyProcess latency, SideCounts batch) => _ratios.Update(latency.Mixture, batch, _constants.LatencyK, _constants.LatencyDelta, 1);
}
