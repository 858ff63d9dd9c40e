using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Security;

/// <summary>The API tokens that there are. Kept in memory and, as hashes, on disk: an authorised person is known also while the store is away.</summary>
/// <remarks>
/// A replica that reaches the store hears of a new or revoked token at once, and at the latest <see cref="RereadInterval"/> later. While the store is away
/// what was known stays; expiry counts all the same.
/// </remarks>
public sealed partial class Tokens(ITrafficStore store, TrafficFollower follower, ServerOptions options, TimeProvider time, ILogger<Tokens> logger) : BackgroundService
{
    /// <summary>The tokens are read again this often, whether they changed or not.</summary>
    public static readonly TimeSpan RereadInterval = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan MissInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private const int MostTold = 1000;
    private readonly TokensFile _file = new(Path.Combine(options.DataDirectory, "tokens.json"), logger);
    private readonly FirstAdminToken _admin = new(Path.Combine(options.DataDirectory, "admin.token"), store, time, logger);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly HashSet<(string, ulong)> _told = [];
    private KnownTokens _known = KnownTokens.None;
    private long _readAt;

    /// <summary>Where the first start writes the admin token, mode 0600.</summary>
    public string AdminTokenFile => _admin.Path;

    /// <summary>Completes when the tokens have been read, from the store or from the disk.</summary>
    public Task Ready => _ready.Task;

    /// <summary>The tokens as they were last read, expired ones among them.</summary>
    public KnownTokens Known => Volatile.Read(ref _known);

    /// <summary>The token with this secret, expired or not; null when there is none. A token made a moment ago on another replica is found too.</summary>
    /// <param name="mayAsk">False: what is known must do; for whoever has guessed too often.</param>
    public async Task<ApiToken?> FindAsync(string secret, bool mayAsk, CancellationToken cancellationToken)
    {
        if (TokenSecret.IsMistyped(secret)) return null;
        var hash = TokenSecret.Hash(secret);
        if (Known.FindByHash(hash) is { } known) return known;
        if (mayAsk && follower.Problem is null && (_readAt == 0 || time.GetElapsedTime(_readAt) > MissInterval))
            await ((Task)TryReadAsync(cancellationToken)).WaitAsync(LoginLimits.Patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Known.FindByHash(hash);
    }

    /// <summary>Puts what is known back into a store that was wiped: before another token is made, which would be the only one.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var (known, read) = (Known, Read(await store.ListAsync(Keys.Tokens, cancellationToken)));
        if (!TokenWipe.IsWipe(known, read)) return;
        var restored = 0;
        // One by one: another replica may be doing the same.
        foreach (var token in TokenWipe.FindMissing(known, read))
            if (await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(Keys.Token(token.Id), DocumentJson.Write(token), 0)), cancellationToken) is CommitResult.Committed) restored++;
        LogRestored(store.Name, restored);
    }

    /// <summary>Takes a token no more, which the store has revoked; for when it cannot be read again at once.</summary>
    public void Forget(string id)
    {
        lock (_gate) Publish([.. Known.All.Where(t => t.Id != id)]);
    }

    /// <summary>Reads the tokens now: after a change by this replica.</summary>
    public Task<bool> TryReadAsync(CancellationToken cancellationToken) => TryAsync(() => store.ListAsync(Keys.Tokens, cancellationToken), cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Volatile.Write(ref _known, new KnownTokens(_file.Read()));
        if (Known.All.Count > 0) _ready.TrySetResult();
        while (!await TryEnsureAdminAsync(stoppingToken)) await Task.Delay(RetryInterval, time, stoppingToken);
        ulong index = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var heard = await TryAsync(
                async () =>
                {
                    var listing = await store.WaitAsync(Keys.Tokens, index, RereadInterval, stoppingToken);
                    index = listing.Index;
                    // Whoever made a first admin token knew nobody else.
                    if (listing.Entries.Count > 0 && TokenWipe.IsWipe(Known, Read(listing))) await RestoreAsync(stoppingToken);
                    return listing;
                },
                stoppingToken);
            if (!heard) await Task.Delay(RetryInterval, time, stoppingToken);
        }
    }

    private async Task<bool> TryEnsureAdminAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RestoreAsync(cancellationToken);
            return await _admin.TryEnsureAsync(Read(await store.ListAsync(Keys.Tokens, cancellationToken)), cancellationToken) && await TryReadAsync(cancellationToken);
        }
        catch (Exception away) when (away is not OperationCanceledException)
        {
            LogNotYet(away.Message);
            return false;
        }
    }

    private async Task<bool> TryAsync(Func<Task<Listing>> read, CancellationToken cancellationToken)
    {
        _readAt = time.GetTimestamp();
        try
        {
            TakeIn(await read());
            _ready.TrySetResult();
            return true;
        }
        catch (Exception away) when (away is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogNotYet(away.Message);
            return false;
        }
    }

    private void TakeIn(Listing listing)
    {
        var read = Read(listing);
        lock (_gate)
        {
            if (TokenWipe.IsWipe(Known, read)) return;
            Publish(read);
        }
    }

    /// <summary>What is known counts at once; the disk comes after it.</summary>
    private void Publish(IReadOnlyList<ApiToken> tokens)
    {
        var before = Known;
        Volatile.Write(ref _known, new KnownTokens(tokens));
        _file.Keep(tokens);
        _admin.ForgetRevoked(before, Known);
    }

    private List<ApiToken> Read(Listing listing)
    {
        var read = TokenListing.Of(listing.Entries);
        foreach (var stranger in read.Strangers)
            lock (_gate)
                if (_told.Count < MostTold && _told.Add((stranger.Key, stranger.ModifyIndex))) LogStranger(TokenSecret.Redact(stranger.Key));
        return [.. read.Tokens.Select(t => t.Token)];
    }

    [LoggerMessage(EventId = 402, Level = LogLevel.Warning, Message = "Tokens could not be read anew: {Problem}")]
    private partial void LogNotYet(string problem);

    [LoggerMessage(EventId = 407, Level = LogLevel.Warning, Message = "{Key} is no token, or one of another id, and counts for nobody; somebody wrote it past the API")]
    private partial void LogStranger(string key);

    [LoggerMessage(EventId = 405, Level = LogLevel.Warning, Message = "{Store} had lost the tokens that are known here; put back: {Count}")]
    private partial void LogRestored(string store, int count);
}
