using System.Collections.Concurrent;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Security;

/// <summary>A session, and the token whose rights it has.</summary>
/// <param name="Ends">The latest moment at which it ends if nobody uses it any more.</param>
public sealed record OpenSession(ApiToken Token, DateTimeOffset Ends);

/// <summary>Who is signed in to the dashboard. In the store, so that every replica knows it and a sign-out ends it everywhere; the cookie's secret is nowhere but in the browser.</summary>
/// <remarks>
/// A sign-out is heard of by the other replicas within <see cref="Tokens.RereadInterval"/>. While the store is away those that are known go on, and a new one holds on
/// the replica that opened it: whoever may roll back can, also then.
/// </remarks>
public sealed partial class Sessions(ITrafficStore store, TrafficFollower follower, Tokens tokens, SessionLimits options, TimeProvider time, ILogger<Sessions> logger) : BackgroundService
{
    private const int MostKept = 10_000;
    private const int RemovedAtOnce = 50;
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);

    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Opens a session for a token; returns the secret for the cookie, or null when there are too many.</summary>
    public async Task<string?> TryOpenAsync(ApiToken token, CancellationToken cancellationToken)
    {
        if (_kept.Count >= MostKept) return null;
        var (secret, now) = (TokenSecret.New(), Now);
        var document = new SessionDocument { Token = token.Id, OpenedAt = now, UsedAt = now };
        var hash = TokenSecret.Hash(secret);
        try
        {
            await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(Keys.Session(hash), DocumentJson.Write(document), 0)), cancellationToken).WaitAsync(LoginLimits.Patience, time, cancellationToken);
            _kept[hash] = new Kept(document, now, IsStored: true);
        }
        catch (Exception away) when (away is StoreException or TimeoutException)
        {
            LogLocal(away.Message);
            _kept[hash] = new Kept(document, now, IsStored: false);
        }
        return secret;
    }

    /// <summary>The session with this secret, which is used now; null when there is none or it is over.</summary>
    /// <param name="mayAsk">False: what is known must do; for whoever has guessed too often. Sessions of other replicas are known within <see cref="Tokens.RereadInterval"/>.</param>
    public async Task<OpenSession?> FindAsync(string secret, bool mayAsk, CancellationToken cancellationToken)
    {
        if (TokenSecret.IsMistyped(secret)) return null;
        var (hash, now) = (TokenSecret.Hash(secret), Now);
        if ((_kept.GetValueOrDefault(hash) ?? (mayAsk ? await ReadAsync(hash, cancellationToken) : null)) is not { } kept) return null;
        if (kept.Document.IsOver(now, kept.UsedAt, options.Idle, options.Absolute) || tokens.Known.FindById(kept.Document.Token) is not { } token || token.IsExpired(now)) return null;
        _kept[hash] = kept with { UsedAt = now };
        return new OpenSession(token, Earliest(now + options.Idle, kept.Document.OpenedAt + options.Absolute, token.ExpiresAt));
    }

    /// <summary>Ends a session, on every replica.</summary>
    /// <exception cref="StoreException">The store cannot be asked; here it is over all the same.</exception>
    public async Task CloseAsync(string secret, CancellationToken cancellationToken)
    {
        var hash = TokenSecret.Hash(secret);
        _kept.TryRemove(hash, out _);
        if (await store.FindAsync(Keys.Session(hash), cancellationToken) is { } entry)
            await store.CommitAsync(ChangeSet.Empty.With(new Change.Remove(entry.Key, entry.ModifyIndex)), cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Tokens.RereadInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested) return;
            try
            {
                await TakeTurnAsync(stoppingToken);
            }
            catch (Exception away) when (away is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogNotYet(away.Message);
            }
        }
    }

    /// <summary>Forgets what was closed elsewhere, writes down what was used here, and takes away what is over.</summary>
    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        var listing = await store.ListAsync(Keys.Sessions, cancellationToken);
        var stored = listing.Entries.ToDictionary(e => e.Key[Keys.Sessions.Length..], StringComparer.Ordinal);
        foreach (var (hash, kept) in _kept)
            if ((kept.IsStored && !stored.ContainsKey(hash)) || kept.Document.IsOver(Now, kept.UsedAt, options.Idle, options.Absolute)) _kept.TryRemove(hash, out _);
        var over = new List<Change>();
        foreach (var (hash, entry) in stored)
        {
            var document = Reading.Of<SessionDocument>(entry).Find();
            var usedAt = _kept.GetValueOrDefault(hash)?.UsedAt ?? DateTimeOffset.MinValue;
            if (document?.IsOver(Now, usedAt, options.Idle, options.Absolute) != false)
            {
                over.Add(new Change.Remove(entry.Key, entry.ModifyIndex));
                continue;
            }
            if (_kept.Count < MostKept) _kept.TryAdd(hash, new Kept(document, document.UsedAt, IsStored: true));
            if (usedAt - document.UsedAt >= options.Idle / 4) await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(entry.Key, DocumentJson.Write(document with { UsedAt = usedAt }), entry.ModifyIndex)), cancellationToken);
        }
        foreach (var chunk in over.Chunk(RemovedAtOnce)) await store.CommitAsync(ChangeSet.Empty.With(chunk), cancellationToken);
    }

    private async Task<Kept?> ReadAsync(string hash, CancellationToken cancellationToken)
    {
        if (follower.Problem is not null) return null;
        try
        {
            return await store.FindAsync(Keys.Session(hash), cancellationToken).WaitAsync(LoginLimits.Patience, time, cancellationToken) is { } entry && Reading.Of<SessionDocument>(entry).Find() is { } document
                ? new Kept(document, document.UsedAt, IsStored: true)
                : null;
        }
        catch (Exception away) when (away is StoreException or TimeoutException)
        {
            return null;
        }
    }

    private static DateTimeOffset Earliest(DateTimeOffset a, DateTimeOffset b, DateTimeOffset? c) => new[] { a, b, c ?? DateTimeOffset.MaxValue }.Min();

    private sealed record Kept(SessionDocument Document, DateTimeOffset UsedAt, bool IsStored);

    [LoggerMessage(EventId = 430, Level = LogLevel.Warning, Message = "A session is known to this replica alone: {Problem}")]
    private partial void LogLocal(string problem);

    [LoggerMessage(EventId = 431, Level = LogLevel.Debug, Message = "Sessions could not be looked through: {Problem}")]
    private partial void LogNotYet(string problem);
}
