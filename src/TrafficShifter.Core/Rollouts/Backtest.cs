using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>When to ask past data: from one moment to another, this often.</summary>
public sealed record BacktestTimes(DateTimeOffset From, DateTimeOffset To, TimeSpan Every)
{
    public const int MaxMoments = 2_000;
    public static readonly TimeSpan MaxLength = TimeSpan.FromDays(31);

    public IEnumerable<DateTimeOffset> Moments
    {
        get
        {
            for (var at = From; at <= To; at += Every) yield return at;
        }
    }

    /// <summary>As often as the check itself asks, where that is not more than its part of <see cref="MaxMoments"/>; else as often as that allows, in whole seconds.</summary>
    /// <param name="checks">How many checks share the moments.</param>
    public static BacktestTimes Of(Check check, int checks, DateTimeOffset from, DateTimeOffset to)
    {
        var least = TimeSpan.FromSeconds(Math.Ceiling((to - from).TotalSeconds * checks / MaxMoments));
        return new BacktestTimes(from, to, least > check.Interval ? least : check.Interval);
    }
}

/// <summary>What one check would have said over a stretch of the past.</summary>
/// <param name="Every">Time between two measurements.</param>
/// <param name="Stops">How often it would have rolled back or paused; each begins a new count.</param>
/// <param name="FirstStop">Null when it never would have.</param>
public sealed record CheckReplay(string Check, CheckMode Mode, TimeSpan Every, int Passed, int Failed, int Insufficient, int Errors, int Stops, ReplayedStop? FirstStop)
{
    /// <summary>Counts a check's past measurements, oldest first, as a step would have.</summary>
    public static CheckReplay Of(Check check, TimeSpan every, IReadOnlyList<Measurement> measurements)
    {
        var state = new CheckState { Name = check.Name };
        ReplayedStop? first = null;
        var stops = 0;
        foreach (var measurement in measurements)
        {
            state = state.Count(measurement);
            if (Evidence.FindReached(check, state, measurement) is not { } reached) continue;
            (first, stops, state) = (first ?? new ReplayedStop(measurement.At, reached.Action, reached.Sentence), stops + 1, state.Forget());
        }
        return new CheckReplay(
            check.Name, check.Mode, every, measurements.Count(m => m is Measurement.Passed), measurements.Count(m => m is Measurement.Failed),
            measurements.Count(m => m is Measurement.Insufficient), measurements.Count(m => m is Measurement.Error), stops, first);
    }

    /// <summary>The first stop of all that are enforced, as a sentence.</summary>
    public static string Describe(IEnumerable<CheckReplay> replays) =>
        replays.Where(r => r.Mode == CheckMode.Enforce && r.FirstStop is not null).MinBy(r => r.FirstStop!.At)?.FirstStop is { } stop
            ? $"it would have {(stop.Action == OutcomeAction.Rollback ? "rolled back" : "paused")} at {stop.At.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}: {stop.Sentence}"
            : "nothing would have stopped it";
}

public sealed record ReplayedStop(DateTimeOffset At, OutcomeAction Action, string Sentence);
