using TrafficShifter.Core.Access;

namespace TrafficShifter.Server.Security;

/// <summary>Tells a store that was wiped from one whose tokens were revoked, and what goes back into it.</summary>
/// <remarks>
/// The last token that may make others cannot be revoked, so a store without any was wiped. So was one that has nothing but a first admin token that was never known here:
/// a replica that knew nobody started after the wipe and made it.
/// </remarks>
public static class TokenWipe
{
    private const string First = "admin";

    /// <summary>Whether what is known may not be replaced by what was read.</summary>
    public static bool IsWipe(KnownTokens known, IReadOnlyList<ApiToken> read) =>
        FindMissing(known, read).Count > 0 && (read.Count == 0 || (read is [var only] && IsFirst(only) && !known.All.Any(k => k.Sha256 == only.Sha256 && k.CreatedAt == only.CreatedAt)));

    /// <summary>What is known and was not read, as it goes back: under an id of its own where another first admin token has taken the old one.</summary>
    public static IReadOnlyList<ApiToken> FindMissing(KnownTokens known, IReadOnlyList<ApiToken> read) =>
        [.. known.All.Where(k => !read.Any(r => r.Sha256 == k.Sha256)).Select(k => read.Any(r => r.Id == k.Id) ? k with { Id = $"{k.Id}-{k.Sha256[..8]}" } : k)];

    /// <summary>A first admin token: made by no person.</summary>
    public static ApiToken MakeFirst(string secret, DateTimeOffset now) => new() { Id = First, Sha256 = TokenSecret.Hash(secret), Role = Role.Admin, CreatedAt = now };

    private static bool IsFirst(ApiToken token) => token is { Id: First, CreatedBy: null, Name: null };
}
