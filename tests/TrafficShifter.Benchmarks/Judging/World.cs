using TrafficShifter.Core.Judging;

namespace TrafficShifter.Benchmarks.Judging;

/// <summary>Counts of 5 s.</summary>
internal readonly record struct WorldTick(SideCounts Errors, SideCounts Slow50, SideCounts Slow90, SideCounts Slow99, long CandidateOverLimit);

/// <summary>The traffic of one rollout, 5 s at a time: Poisson arrivals, log-normal latencies, errors by the cell's rules.</summary>
internal sealed class World
{
    public const double TickSeconds = 5;

    private const double ClusterMean = 4;
    private readonly Cell _cell;
    private readonly Dice _dice;
    private readonly Latencies _latencies;
    private readonly double _outageAt;
    private readonly double _phase;
    private double _drift;
    private double _burstUntil = -1;
    private bool _faultBegan;

    public World(Cell cell, int rollout, Latencies latencies)
    {
        (_cell, _latencies, _dice) = (cell, latencies, new Dice(cell.Seed(rollout)));
        (_outageAt, _phase) = (150 * _dice.Uniform(), 2 * Math.PI * _dice.Uniform());
    }

    public double Seconds { get; private set; }

    /// <summary>Bad requests that the fault caused.</summary>
    public long Caused { get; private set; }

    /// <summary>When the fault began; null before.</summary>
    public double? FaultAt { get; private set; }

    public WorldTick Next(double share)
    {
        if (!_cell.IsHealthy && (!_cell.FromMiddle || share >= 0.25) && !_faultBegan) (_faultBegan, FaultAt) = (true, Seconds);
        var (rate, ratio) = (_cell.Rate * Traffic() * TickSeconds, Ratio());
        var (candidate, stable) = (_dice.Poisson(rate * share), _dice.Poisson(rate * (1 - share)));
        var usual = Bad(candidate, ratio);
        var caused = _faultBegan ? _dice.Binomial(candidate - usual, _cell.Fault.Errors) : 0;
        Caused += caused;
        Seconds += TickSeconds;
        var (fast, slow) = (_latencies.Draw(stable, 1, _dice), _latencies.Draw(candidate, _faultBegan ? _cell.Fault.Slowness : 1, _dice));
        return new WorldTick(
            new(candidate, usual + caused, stable, Bad(stable, ratio)),
            new(candidate, slow.Over50, stable, fast.Over50), new(candidate, slow.Over90, stable, fast.Over90), new(candidate, slow.Over99, stable, fast.Over99),
            slow.OverLimit);
    }

    /// <summary>The stable side's last 6 hours, as the two halves of its servers show them in cells of 60 s.</summary>
    public IReadOnlyList<HalfCounts> History()
    {
        var cells = new HalfCounts[360];
        for (var i = 0; i < cells.Length; i++)
        {
            var ratio = _cell.Surroundings == Surroundings.SharedBursts && _dice.Uniform() < 0.3 ? Math.Min(0.5, 7 * _cell.Base) : _cell.Base;
            var (a, b) = (_dice.Poisson(30.0 * _cell.Rate), _dice.Poisson(30.0 * _cell.Rate));
            cells[i] = new HalfCounts(a, Bad(a, ratio), b, Bad(b, ratio));
        }
        return cells;
    }

    private long Bad(long requests, double ratio)
    {
        if (_cell.Surroundings != Surroundings.Clusters) return _dice.Binomial(requests, ratio);
        var bad = 0L;
        for (var incidents = _dice.Poisson(requests * ratio / ClusterMean); incidents > 0; incidents--) bad += _dice.Geometric(ClusterMean);
        return Math.Min(bad, requests);
    }

    private double Traffic()
    {
        if (_cell.Surroundings != Surroundings.VaryingTraffic) return 1;
        _drift = Math.Clamp(_drift + 0.1 * _dice.Normal(), -0.6, 0.6);
        return Math.Exp(0.5 * Math.Sin(2 * Math.PI * Seconds / 600 + _phase) + _drift);
    }

    private double Ratio()
    {
        if (_cell.Surroundings == Surroundings.SharedOutage && Seconds >= _outageAt && Seconds < _outageAt + 60) return 0.7;
        if (_cell.Surroundings != Surroundings.SharedBursts) return _cell.Base;
        if (Seconds > _burstUntil && _dice.Uniform() < TickSeconds / 120) _burstUntil = Seconds + 15;
        return Seconds <= _burstUntil ? Math.Min(0.5, 20 * _cell.Base) : _cell.Base;
    }
}
