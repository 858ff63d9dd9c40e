using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Security;

/// <summary>The API tokens that are valid now. Kept in memory and, as hashes, on disk: an authorised person is known also while the store is away.</summary>
public sealed partial class Tokens(ITrafficStore store, ServerOptions options, TimeProvider time, ILogger<Tokens> logger) : BackgroundService
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MissInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private readonly string _file = Path.Combine(options.DataDirectory, "tokens.json");
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<ApiToken> _valid = [];
    private long _readAt;

    /// <summary>Where the first start writes the admin token, mode 0600.</summary>
    public string AdminTokenFile => Path.Combine(options.DataDirectory, "admin.token");

    /// <summary>Completes when the tokens have been read, from the store or from the disk.</summary>
    public Task Ready => _ready.Task;

    /// <summary>The token with this secret; null when there is none. A token made a moment ago on another replica is found too.</summary>
    public async Task<ApiToken?> FindAsync(string secret, CancellationToken cancellationToken)
    {
        var hash = ApiToken.Hash(secret);
        if (Match(hash) is { } known) return known;
        if (_readAt == 0 || time.GetElapsedTime(_readAt) > MissInterval) await TryRefreshAsync(cancellationToken);
        return Match(hash);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ReadFile();
        while (!await TryEnsureAdminAsync(stoppingToken)) await Task.Delay(RetryInterval, time, stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            await TryRefreshAsync(stoppingToken);
            await Task.Delay(RefreshInterval, time, stoppingToken);
        }
    }

    private ApiToken? Match(string hash) => Volatile.Read(ref _valid).FirstOrDefault(t => t.Role == "admin" && t.Matches(hash));

    /// <summary>Makes the first admin token, once for the whole installation; makes it again from its file when the store was wiped.</summary>
    private async Task<bool> TryEnsureAdminAsync(CancellationToken cancellationToken)
    {
        try
        {
            var listing = await store.ListAsync(Keys.Tokens, cancellationToken);
            var secret = File.Exists(AdminTokenFile) ? (await File.ReadAllTextAsync(AdminTokenFile, cancellationToken)).Trim() : null;
            if (listing.Entries.Count == 0) await CreateAdminAsync(secret, cancellationToken);
            else if (secret is null) LogElsewhere(AdminTokenFile);
            return await TryRefreshAsync(cancellationToken);
        }
        catch (StoreException away)
        {
            LogNotYet(away.Message);
            return false;
        }
        catch (Exception unwritable) when (unwritable is not OperationCanceledException)
        {
            LogUnwritable(AdminTokenFile, unwritable.Message);
            return false;
        }
    }

    /// <summary>The file is written first: a token in the store whose secret nobody has would lock everybody out.</summary>
    private async Task CreateAdminAsync(string? secret, CancellationToken cancellationToken)
    {
        var made = secret ?? ApiToken.NewSecret();
        if (secret is null) FileWrites.Replace(AdminTokenFile, made + "\n");
        var token = new ApiToken { Id = "admin", Sha256 = ApiToken.Hash(made), Role = "admin", CreatedAt = time.GetUtcNow() };
        var put = new Change.Put(Keys.Token(token.Id), DocumentJson.Write(token), 0);
        if (await store.CommitAsync(ChangeSet.Empty.With(put), cancellationToken) is CommitResult.Committed)
            LogCreated(AdminTokenFile);
        else if (secret is null)
            File.Delete(AdminTokenFile);
    }

    private async Task<bool> TryRefreshAsync(CancellationToken cancellationToken)
    {
        _readAt = time.GetTimestamp();
        try
        {
            var listing = await store.ListAsync(Keys.Tokens, cancellationToken);
            var read = listing.Entries.Select(e => Reading.Of<ApiToken>(e).Find()).OfType<ApiToken>().ToList();
            if (read.Count == 0 && _valid.Count > 0) return true;
            if (!read.SequenceEqual(_valid)) FileWrites.Replace(_file, DocumentJson.Write(read));
            Volatile.Write(ref _valid, read);
            _ready.TrySetResult();
            return true;
        }
        catch (Exception away) when (away is not OperationCanceledException)
        {
            LogNotYet(away.Message);
            return false;
        }
    }

    private void ReadFile()
    {
        try
        {
            if (!File.Exists(_file)) return;
            _valid = JsonSerializer.Deserialize<List<ApiToken>>(File.ReadAllText(_file), DocumentJson.Options) ?? [];
            if (_valid.Count > 0) _ready.TrySetResult();
        }
        catch (Exception broken) when (broken is IOException or JsonException or UnauthorizedAccessException)
        {
            LogUnwritable(_file, broken.Message);
        }
    }

    [LoggerMessage(EventId = 400, Level = LogLevel.Information, Message = "The first admin token is in {Path}; only its owner can read it")]
    private partial void LogCreated(string path);

    [LoggerMessage(EventId = 401, Level = LogLevel.Information, Message = "The installation has tokens already; {Path} is not written again")]
    private partial void LogElsewhere(string path);

    [LoggerMessage(EventId = 402, Level = LogLevel.Warning, Message = "Tokens could not be read anew: {Problem}")]
    private partial void LogNotYet(string problem);

    [LoggerMessage(EventId = 403, Level = LogLevel.Error, Message = "{Path}: {Problem}")]
    private partial void LogUnwritable(string path, string problem);
}
