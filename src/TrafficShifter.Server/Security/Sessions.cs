using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Security;

/// <summary>A session, and the token whose rights it has.</summary>
/// <param name="Ends">The latest moment at which it ends if nobody uses it any more.</param>
public sealed record OpenSession(ApiToken Token, DateTimeOffset Ends);

/// <summary>What is known of a cookie.</summary>
public enum SessionStanding
{
    /// <summary>It is a session.</summary>
    Open,

    /// <summary>It was one, and is over.</summary>
    Over,

    /// <summary>The store has no such session: it has been over for long, or was made up.</summary>
    Unknown,

    /// <summary>It is not known here, and the store was not asked, or did not answer.</summary>
    NotAsked,
}

/// <param name="Open">The session; null when it is none that is open.</param>
public sealed record SessionFinding(SessionStanding Standing, OpenSession? Open = null);

/// <summary>Who is signed in to the dashboard. In the store, so that every replica knows it and a sign-out ends it everywhere; the cookie's secret is nowhere but in the browser.</summary>
/// <remarks>
/// A sign-out is heard of by the other replicas within <see cref="Tokens.RereadInterval"/>. While the store is away those that are known go on, and a new one holds on
/// the replica that opened it: whoever may roll back can, also then.
/// </remarks>
public sealed partial class Sessions(ITrafficStore store, TrafficFollower follower, Tokens tokens, KnownSessions known, SessionLimits options, TimeProvider time, ILogger<Sessions> logger)
{
    /// <summary>A token has so many sessions; the oldest makes room for a new one. So nobody can fill the table for all.</summary>
    public const int MostPerToken = 50;

    private const int Attempts = 10;

    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Opens a session for a token; returns the secret for the cookie, or null when there are too many.</summary>
    public async Task<string?> TryOpenAsync(ApiToken token, CancellationToken cancellationToken)
    {
        if (!known.HasRoom) return null;
        var (secret, now) = (TokenSecret.New(), Now);
        var document = new SessionDocument { Token = token.Id, OpenedAt = now, UsedAt = now };
        var isStored = true;
        try
        {
            await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(Keys.Session(TokenSecret.Hash(secret)), DocumentJson.Write(document), 0)), cancellationToken).WaitAsync(LoginLimits.Patience, time, cancellationToken);
        }
        catch (Exception away) when (away is StoreException or TimeoutException)
        {
            LogLocal(away.Message);
            // Nobody knows whether the store took the first one. One that it never heard of can be ended here.
            (secret, isStored) = (TokenSecret.New(), false);
        }
        var hash = TokenSecret.Hash(secret);
        known.TryKeep(hash, new KnownSession(document, now, isStored));
        foreach (var (oldest, session) in FindExcess(known.Open, hash)) await TryRemoveAsync(oldest, session.IsStored, cancellationToken);
        return secret;
    }

    /// <summary>The session with this secret, which is used now.</summary>
    /// <param name="mayAsk">False: what is known must do; for whoever has guessed too often. Sessions of other replicas are known within <see cref="Tokens.RereadInterval"/>.</param>
    public async Task<SessionFinding> FindAsync(string secret, bool mayAsk, CancellationToken cancellationToken)
    {
        if (TokenSecret.IsMistyped(secret)) return new SessionFinding(SessionStanding.Unknown);
        var (hash, now) = (TokenSecret.Hash(secret), Now);
        if (known.IsEnded(hash)) return new SessionFinding(SessionStanding.Over);
        var found = known.Find(hash);
        // What looks unused here may be in use on another replica, which has written so.
        if (found is null || (found.IsStored && IsOver(found)))
        {
            var (wasAsked, read) = mayAsk ? await ReadAsync(hash, cancellationToken) : (false, null);
            if (read is null && found is null) return new SessionFinding(wasAsked ? SessionStanding.Unknown : SessionStanding.NotAsked);
            found = read ?? found!;
        }
        if (IsOver(found) || FindToken(found) is not { } token) return new SessionFinding(SessionStanding.Over);
        if (!known.TryKeep(hash, found with { UsedAt = now })) return new SessionFinding(SessionStanding.Over);
        return new SessionFinding(SessionStanding.Open, new OpenSession(token, Earliest(now + options.Idle, found.Document.OpenedAt + options.Absolute, token.ExpiresAt)));
    }

    /// <summary>Whether a session that was found here before is still open. It is no use of it.</summary>
    public bool IsOpen(string secret) => known.Find(TokenSecret.Hash(secret)) is { } found && !IsOver(found) && FindToken(found) is not null;

    /// <summary>Ends a session, on every replica.</summary>
    /// <exception cref="StoreException">The store cannot be asked; here it is over all the same, and in the store as soon as it is back, if this process still is.</exception>
    public async Task CloseAsync(string secret, CancellationToken cancellationToken)
    {
        if (TokenSecret.IsMistyped(secret)) return;
        var hash = TokenSecret.Hash(secret);
        // What was made up is not remembered: anybody can ask for it.
        if (known.Find(hash) is null && await store.FindAsync(Keys.Session(hash), cancellationToken) is null) return;
        var isStored = known.Find(hash)?.IsStored ?? true;
        known.End(hash, isStored);
        if (isStored) await RemoveAsync(hash, cancellationToken);
    }

    /// <summary>The sessions of each token beyond <see cref="MostPerToken"/>, oldest first to go. Every replica finds the same.</summary>
    /// <param name="newest">One that stays: it was opened this moment.</param>
    public static IEnumerable<KeyValuePair<string, KnownSession>> FindExcess(IReadOnlyDictionary<string, KnownSession> open, string? newest = null) =>
        open.GroupBy(s => s.Value.Document.Token, StringComparer.Ordinal)
            .SelectMany(ofOne => ofOne.OrderByDescending(s => s.Key == newest).ThenByDescending(s => s.Value.Document.OpenedAt).ThenBy(s => s.Key, StringComparer.Ordinal).Skip(MostPerToken));

    private async Task TryRemoveAsync(string hash, bool isStored, CancellationToken cancellationToken)
    {
        known.End(hash, isStored);
        if (!isStored) return;
        try
        {
            await RemoveAsync(hash, cancellationToken).WaitAsync(LoginLimits.Patience, time, cancellationToken);
        }
        catch (Exception away) when (away is StoreException or TimeoutException)
        {
            LogLater(away.Message);
        }
    }

    /// <summary>Removes the document also where another replica notes a use at the same moment; what is left after so many attempts, the sweep takes.</summary>
    private async Task RemoveAsync(string hash, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var entry = await store.FindAsync(Keys.Session(hash), cancellationToken);
            if (entry is not null && await store.CommitAsync(ChangeSet.Empty.With(new Change.Remove(entry.Key, entry.ModifyIndex)), cancellationToken) is not CommitResult.Committed) continue;
            known.Confirm(hash);
            return;
        }
    }

    private bool IsOver(KnownSession session) => session.Document.IsOver(Now, session.UsedAt, options.Idle, options.Absolute);

    private ApiToken? FindToken(KnownSession session) => tokens.Known.FindById(session.Document.Token) is { } token && !token.IsExpired(Now) ? token : null;

    private async Task<(bool WasAsked, KnownSession? Session)> ReadAsync(string hash, CancellationToken cancellationToken)
    {
        if (follower.Problem is not null) return (false, null);
        try
        {
            var entry = await store.FindAsync(Keys.Session(hash), cancellationToken).WaitAsync(LoginLimits.Patience, time, cancellationToken);
            return (true, entry is not null && Reading.Of<SessionDocument>(entry).Find() is { } document ? new KnownSession(document, document.UsedAt, IsStored: true) : null);
        }
        catch (Exception away) when (away is StoreException or TimeoutException)
        {
            return (false, null);
        }
    }

    private static DateTimeOffset Earliest(DateTimeOffset a, DateTimeOffset b, DateTimeOffset? c) => new[] { a, b, c ?? DateTimeOffset.MaxValue }.Min();

    [LoggerMessage(EventId = 430, Level = LogLevel.Warning, Message = "A session is known to this replica alone: {Problem}")]
    private partial void LogLocal(string problem);

    [LoggerMessage(EventId = 432, Level = LogLevel.Warning, Message = "A session that made room for a newer one of its token is over here, and elsewhere when the store is back: {Problem}")]
    private partial void LogLater(string problem);
}
