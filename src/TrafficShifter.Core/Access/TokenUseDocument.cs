using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Access;

/// <summary>When each token was last used, to about an hour: <c>token-uses</c>, one document for all.</summary>
public sealed record TokenUseDocument : Document
{
    /// <summary>How far a time may lag behind before it is written again.</summary>
    public static readonly TimeSpan Coarse = TimeSpan.FromHours(1);

    public IReadOnlyDictionary<string, DateTimeOffset> Uses { get; init; } = new Dictionary<string, DateTimeOffset>();

    /// <summary>The document with what was seen since, without tokens that are gone; null when nothing in it is worth a write.</summary>
    public TokenUseDocument? With(IReadOnlyDictionary<string, DateTimeOffset> seen, IReadOnlySet<string> tokens)
    {
        var news = seen.Where(s => tokens.Contains(s.Key) && (!Uses.TryGetValue(s.Key, out var known) || s.Value - known >= Coarse)).ToList();
        if (news.Count == 0) return null;
        var next = Uses.Where(u => tokens.Contains(u.Key)).ToDictionary(u => u.Key, u => u.Value);
        foreach (var (token, at) in news) next[token] = at;
        return this with { Uses = next };
    }
}
