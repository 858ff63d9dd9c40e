using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>A rollout as it was read, or why there is none.</summary>
/// <param name="Age">Null when it was read just now.</param>
public sealed record FoundRollout(Rollout? Rollout, ulong Index, TimeSpan? Age, ProblemHttpResult? Problem);

/// <summary>Reads rollouts for the api; while the store is away, those that were read before, with their age.</summary>
public sealed class RolloutReader(ITrafficStore store, TrafficFollower follower, IServiceProvider services, TimeProvider time)
{
    private const int MostKept = 1000;
    private readonly RolloutWorker? _worker = services.GetService<RolloutWorker>();
    private readonly ConcurrentDictionary<string, (IReadOnlyList<Entry> Entries, long At)> _kept = new();
    private readonly ConcurrentDictionary<AppName, (ulong StateIndex, bool Is)> _promoted = new();

    public async Task<FoundRollout> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (!RolloutId.TryParse(text, null, out var id)) return Missing(ApiProblem.BadName("rollout", $"\"{text}\" is not a rollout's id like shop-01jd2x3y4z5a6b7c8d9e0f1g2h"));
        var key = Keys.Rollout(id.App, text);
        var (entries, age) = await RecallAsync(key, async () => await store.FindAsync(key, cancellationToken) is { } entry ? [entry] : []);
        if (entries is not [var only]) return Missing(RolloutEndpoints.NoSuchRollout(text));
        return Reading.Of<Rollout>(only) switch
        {
            Reading<Rollout>.Good good => new FoundRollout(_worker?.FindLive(id, good.ModifyIndex) ?? good.Value, good.ModifyIndex, age, null),
            Reading<Rollout>.Broken broken => Missing(ApiProblem.Of(500, "broken-document", "The rollout's document is broken", broken.Problem)),
            _ => Missing(RolloutEndpoints.NoSuchRollout(text)),
        };
    }

    public Task<(IReadOnlyList<Entry> Entries, TimeSpan? Age)> ListAsync(AppName app, CancellationToken cancellationToken) =>
        RecallAsync(Keys.RolloutsOf(app), async () => (await store.ListAsync(Keys.RolloutsOf(app), cancellationToken)).Entries);

    /// <summary>Whether a promotion made the stable colour what it is, and can be undone. Read once for each state: every promotion and every rollout that begins writes another.</summary>
    /// <param name="stateIndex">ModifyIndex of the state.</param>
    /// <exception cref="StoreException">The store cannot be asked and has not been before.</exception>
    public async Task<bool> IsPromotedAsync(AppName app, AppState state, ulong stateIndex, CancellationToken cancellationToken)
    {
        if (_promoted.TryGetValue(app, out var known) && known.StateIndex == stateIndex) return known.Is;
        var (entries, age) = await ListAsync(app, cancellationToken);
        var found = Succession.FindPromotion(entries.Select(e => Reading.Of<Rollout>(e).Find()).OfType<Rollout>(), state) is not null;
        if (age is null) _promoted[app] = (stateIndex, found);
        return found;
    }

    private async Task<(IReadOnlyList<Entry> Entries, TimeSpan? Age)> RecallAsync(string key, Func<Task<IReadOnlyList<Entry>>> read)
    {
        if (follower.Problem is not null && _kept.TryGetValue(key, out var known)) return (known.Entries, time.GetElapsedTime(known.At));
        try
        {
            var entries = await read();
            if (_kept.Count >= MostKept) _kept.Clear();
            _kept[key] = (entries, time.GetTimestamp());
            return (entries, null);
        }
        catch (StoreException) when (_kept.TryGetValue(key, out var kept))
        {
            return (kept.Entries, time.GetElapsedTime(kept.At));
        }
    }

    private static FoundRollout Missing(ProblemHttpResult problem) => new(null, 0, null, problem);
}
