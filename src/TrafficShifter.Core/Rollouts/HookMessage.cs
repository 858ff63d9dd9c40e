using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What a hook is told: where the rollout stands, and the id by which an attempt that comes twice is known.</summary>
/// <param name="Delivery">The same for every attempt of this hook at this point.</param>
/// <param name="Attempt">From 1; the same number twice is the same attempt, made again after a crash.</param>
/// <param name="Step">The step that begins, whose gate was reached, or in which the rollout ended; from 1.</param>
/// <param name="Share">That step's share of the colour being moved to.</param>
/// <param name="Outcome">Why the rollout ended; only after its end.</param>
public sealed record HookMessage(
    string Delivery, int Attempt, string Hook, HookType Type, AppName App, RolloutId Rollout, string? Plan, Colour From, Colour To, RolloutPhase Phase, int Step, int Steps, Share Share, string? Outcome)
{
    /// <summary>The body of the request; the same whoever makes the attempt.</summary>
    public static string Write(Rollout rollout, HookCall call) => DocumentJson.Write(new HookMessage(
        call.Delivery, call.Attempt, call.Hook.Name, call.Hook.Type, rollout.App, rollout.Id, rollout.Plan.Name, rollout.From, rollout.To, rollout.Phase,
        call.Step + 1, rollout.Plan.Steps.Count, rollout.Plan.Steps[call.Step].Share, rollout.Phase.IsEnd() ? rollout.Outcome : null));
}
