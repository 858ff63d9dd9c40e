using System.Text.Json;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What a rollout's document keeps of its past.</summary>
internal static class RolloutLog
{
    private const int KeptDecisions = 100;
    private const int MaxSentence = 600;

    public static Rollout Keep(Rollout rollout, Decision decision, DateTimeOffset now)
    {
        if (decision is Decision.Hold { Why: HoldReason.Nothing }) return rollout;
        var why = decision is Decision.Hold hold ? JsonNamingPolicy.CamelCase.ConvertName(hold.Why.ToString()) : null;
        var record = new DecisionRecord(now, decision.Kind, Shorten(decision.Sentence), decision.By, why);
        var log = rollout.Decisions.ToList();
        if (why is not null && log is [.., { Kind: "hold" } last] && last.Why == why) log[^1] = last with { Sentence = record.Sentence };
        else log.Add(record);
        // Holds go first: why the share moved is worth more than why it did not.
        if (log.Count > KeptDecisions) log.RemoveAt(Math.Max(0, log.FindIndex(d => d.Kind == "hold")));
        return rollout with { Decisions = log };
    }

    /// <summary>The document as it is stored, at most <see cref="DocumentJson.MaxBytes"/>: old measurements that did not fail go first, then those that did, then old decisions.</summary>
    public static string Write(Rollout rollout)
    {
        while (true)
        {
            var json = DocumentJson.Write(rollout);
            if (System.Text.Encoding.UTF8.GetByteCount(json) <= DocumentJson.MaxBytes) return json;
            rollout = rollout switch
            {
                _ when rollout.Measurements.Any(m => m is not Measurement.Failed) => rollout with { Measurements = WithoutOldest(rollout.Measurements) },
                { Measurements.Count: > 0 } => rollout with { Measurements = [.. rollout.Measurements.Skip((rollout.Measurements.Count + 1) / 2)] },
                { Decisions.Count: > 1 } => rollout with { Decisions = [.. rollout.Decisions.Skip((rollout.Decisions.Count + 1) / 2)] },
                _ when rollout.Checks.Any(c => c.Last is { Query.Length: > 0 }) => rollout with { Checks = [.. rollout.Checks.Select(WithoutQuery)] },
                _ => throw new InvalidOperationException($"rollout {rollout.Id} is over {DocumentJson.MaxBytes} bytes with nothing left to leave out"),
            };
        }
    }

    /// <summary>Without the older half of those that did not fail.</summary>
    private static IReadOnlyList<Measurement> WithoutOldest(IReadOnlyList<Measurement> all)
    {
        var left = (all.Count(m => m is not Measurement.Failed) + 1) / 2;
        return [.. all.Where(m => m is Measurement.Failed || --left < 0)];
    }

    private static CheckState WithoutQuery(CheckState state) => state with { Last = state.Last is { } last ? last with { Query = "" } : null };

    private static string Shorten(string sentence) => sentence.Length <= MaxSentence ? sentence : sentence[..MaxSentence] + "…";
}
