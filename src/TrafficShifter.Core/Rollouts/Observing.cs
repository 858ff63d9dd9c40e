using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>How long a step's share has been observed: it settles, then it serves. Runs on in a pause, at a gate and in a standstill, where traffic flows as well.</summary>
internal static class Observing
{
    /// <summary>The nodes are on the weights and the metrics answer.</summary>
    /// <param name="served">The part of the tick in which the share served, settled.</param>
    public static Rollout Run(Rollout rollout, RolloutTick tick, out TimeSpan served)
    {
        served = TimeSpan.Zero;
        if (!rollout.Observed) return rollout with { Observed = true };
        var settling = Clocks.Add(rollout.Settling, tick.Elapsed);
        var over = settling - tick.Settle;
        if (over <= TimeSpan.Zero) return rollout with { Settling = settling };
        served = over < tick.Elapsed ? over : tick.Elapsed;
        var serving = Clocks.Add(rollout.Serving, served);
        // No query looks back further.
        return rollout with { Settling = tick.Settle, Serving = serving < Check.MaxWindow ? serving : Check.MaxWindow };
    }

    /// <summary>Nobody knows. A step that has not settled begins to settle anew.</summary>
    public static Rollout Stop(Rollout rollout) => rollout with { Observed = false, Settling = rollout.Serving > TimeSpan.Zero ? rollout.Settling : TimeSpan.Zero };
}
