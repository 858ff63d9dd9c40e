using System.Collections.Frozen;
using TrafficShifter.Core.Access;

namespace TrafficShifter.Server.Security;

/// <summary>The tokens at one moment, found by the hash of their secret.</summary>
/// <remarks>Looking up a hash leaks nothing: whoever times it learns about the hash of their own guess.</remarks>
public sealed class KnownTokens
{
    public static readonly KnownTokens None = new([]);
    private readonly FrozenDictionary<string, ApiToken> _byHash;
    private readonly FrozenDictionary<string, ApiToken> _byId;

    public KnownTokens(IReadOnlyList<ApiToken> all)
    {
        All = all;
        _byHash = all.DistinctBy(t => t.Sha256).ToFrozenDictionary(t => t.Sha256, StringComparer.Ordinal);
        _byId = all.DistinctBy(t => t.Id).ToFrozenDictionary(t => t.Id, StringComparer.Ordinal);
    }

    public IReadOnlyList<ApiToken> All { get; }

    public ApiToken? FindByHash(string hash) => _byHash.GetValueOrDefault(hash);

    public ApiToken? FindById(string id) => _byId.GetValueOrDefault(id);

    public bool HasName(string name) => All.Any(t => (t.Name ?? t.Id) == name);
}
