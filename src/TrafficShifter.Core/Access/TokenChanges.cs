using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Access;

/// <summary>The transactions that make and revoke tokens. Each carries its history entry, without the hash.</summary>
public static class TokenChanges
{
    /// <param name="serial">ModifyIndex of the serial before the names were read, 0 when there was none: of two who make a token at the same moment one looks again, so that a name is never there twice.</param>
    public static ChangeSet Create(ApiToken token, ulong serial, ChangeNote note) => ChangeSet.Empty.With(
        new Change.Put(Keys.Token(token.Id), DocumentJson.Write(token), 0),
        new Change.Put(Keys.TokenSerial, DocumentJson.Write(new TokenSerial { Last = token.Id }), serial),
        note.Entry<ApiToken>(null, "token.created", $"token {token.Name} ({token.ToIdentity().Grants[0].Describe()}{(token.ExpiresAt is { } at ? $", until {at:yyyy-MM-dd HH:mm} UTC" : "")}) made by {note.By}", null, Shown(token)));

    /// <param name="keeper">The admin's token that must still be there: two admins who revoke each other at once do not both win.</param>
    public static ChangeSet Revoke(ApiToken token, ulong index, (string Id, ulong Index)? keeper, ChangeNote note)
    {
        var changes = ChangeSet.Empty.With(
            new Change.Remove(Keys.Token(token.Id), index),
            note.Entry(null, "token.revoked", $"token {token.Name ?? token.Id} revoked by {note.By}", Shown(token), null));
        return keeper is { } other ? changes.With(new Change.Unchanged(Keys.Token(other.Id), other.Index)) : changes;
    }

    /// <summary>An admin's token that stays when <paramref name="revoked"/> goes; null when it is the last that may make others.</summary>
    public static (ApiToken Token, ulong Index)? FindKeeper(IEnumerable<(ApiToken Token, ulong Index)> all, ApiToken revoked, DateTimeOffset now) =>
        all.Where(t => t.Token.Id != revoked.Id && !t.Token.IsExpired(now) && t.Token.ToIdentity().IsAdminOfAll)
            .OrderByDescending(t => t.Token.ExpiresAt ?? DateTimeOffset.MaxValue).Select(t => ((ApiToken, ulong)?)t).FirstOrDefault();

    private static ApiToken Shown(ApiToken token) => token with { Sha256 = "" };
}
