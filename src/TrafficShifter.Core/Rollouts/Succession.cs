using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>How one rollout follows another: in its place, or by taking its promotion back.</summary>
public static class Succession
{
    /// <summary>The rollout whose promotion made the stable colour what it is, if nothing else changed it since; null when there is none.</summary>
    public static Rollout? FindPromotion(IEnumerable<Rollout> rollouts, AppState state) =>
        rollouts.Where(r => r is { Phase: RolloutPhase.Succeeded, ReturnsTo: null }).MaxBy(r => r.EndedAt) is { } last && last.To == state.Stable ? last : null;

    /// <summary>All traffic back to the colour before a promotion, which is stable again. No steps, no checks.</summary>
    public static ChangeSet Undo(AppTraffic current, AppState state, Rollout promoted, ChangeNote note)
    {
        var (weights, after) = (UndoneWeights(current, promoted, note), state with { Stable = promoted.From, StableSince = note.At });
        return ChangeSet.Empty.With(
            new Change.Put(Keys.StateOf(current.Name), DocumentJson.Write(after), current.State.LatestIndex),
            new Change.Put(Keys.WeightsOf(current.Name), DocumentJson.Write(weights), current.Weights.LatestIndex),
            note.Entry(current.Name, "app.undone", $"promotion of {promoted.To.Word()} undone by {note.By}: all traffic on {promoted.From.Word()}, which is stable again", state, after, promoted.Id.ToString()));
    }

    public static Weights UndoneWeights(AppTraffic current, Rollout promoted, ChangeNote note) =>
        Weights.AllOn(promoted.From) with { By = note.By, Reason = note.Reason, At = note.At, Change = note.Id, UnknownFields = current.Weights.Value?.UnknownFields };

    /// <summary>A running rollout ends and another begins in its place, from all traffic on the stable colour, in one transaction.</summary>
    /// <param name="running">The rollout that ends, and the ModifyIndex of its document.</param>
    /// <param name="next">As <see cref="RolloutEngine.Create"/> makes it.</param>
    /// <returns>The new rollout as it is written, and the changes.</returns>
    public static (Rollout Next, ChangeSet Changes) Supersede(AppTraffic current, AppState state, Rollout running, ulong runningIndex, Rollout next, ChangeNote note)
    {
        var sentence = $"superseded by {next.Id} of {note.By}: all traffic back to {next.From.Word()}, from where that one begins";
        var (_, ended) = Moves.Finish(running, RolloutPhase.Aborted, sentence, note.At);
        ended = RolloutLog.Keep(ended with { Outcome = sentence }, new Decision.Abort(sentence) { By = note.By }, note.At);
        // Its weights are written with it, so their index is its own.
        next = next with { WeightsIndex = null };
        var weights = Weights.AllOn(next.From) with { By = note.By, Reason = note.Reason, At = note.At, Change = note.Id, UnknownFields = current.Weights.Value?.UnknownFields };
        var after = state with { Rollout = next.Id.ToString() };
        return (next, ChangeSet.Empty.With(
            new Change.Put(Keys.Rollout(running.App, running.Id.ToString()), RolloutLog.Write(ended), runningIndex),
            new Change.Put(Keys.Rollout(next.App, next.Id.ToString()), RolloutLog.Write(next), 0),
            new Change.Put(Keys.StateOf(next.App), DocumentJson.Write(after), current.State.LatestIndex),
            new Change.Put(Keys.WeightsOf(next.App), DocumentJson.Write(weights), current.Weights.LatestIndex),
            note.Entry(next.App, "rollout.superseded", sentence, state, after, next.Id.ToString())).With([.. PostRollout.Mark(ended)]));
    }
}
