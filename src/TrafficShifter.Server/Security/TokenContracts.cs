using System.Text.Json.Serialization;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Server.Security;

/// <summary>The token that shall be made.</summary>
public sealed record TokenRequest : DocumentPart
{
    /// <summary>As the history names whoever uses it: 1 to 63 of a-z, 0-9, '-', '.' and '_'; no other token may have it.</summary>
    public required string Name { get; init; }

    public required Role Role { get; init; }

    /// <summary>Application names that it is limited to, <c>*</c> for any characters, up to 50; none: not limited by name.</summary>
    public IReadOnlyList<AppPattern>? Apps { get; init; }

    /// <summary>Owners whose applications it is limited to, up to 50; none: not limited by owner. With apps: either is enough.</summary>
    public IReadOnlyList<string>? Owners { get; init; }

    /// <summary>Verbs that it is limited to; none: all of its role. To view is always in.</summary>
    public IReadOnlyList<string>? Verbs { get; init; }

    /// <summary>How long it is valid, 1 min to 10 years; none: until it is revoked.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>Why; up to 500 characters.</summary>
    public string? Reason { get; init; }
}

/// <summary>A token without its secret.</summary>
/// <param name="LastUsed">To about an hour; null: not yet, or not known.</param>
/// <param name="Secret">Only in the answer that made it, and never again.</param>
public sealed record TokenAnswer(
    string Id, string Name, Role Role, IReadOnlyList<AppPattern>? Apps, IReadOnlyList<string>? Owners, IReadOnlyList<string>? Verbs,
    DateTimeOffset CreatedAt, string? CreatedBy, DateTimeOffset? ExpiresAt, bool Expired, DateTimeOffset? LastUsed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret = null)
{
    public static TokenAnswer Of(ApiToken token, DateTimeOffset now, DateTimeOffset? lastUsed, string? secret = null) => new(
        token.Id, token.Name ?? token.Id, token.Role, token.Apps, token.Owners, token.Verbs, token.CreatedAt, token.CreatedBy, token.ExpiresAt, token.IsExpired(now), lastUsed, secret);
}
