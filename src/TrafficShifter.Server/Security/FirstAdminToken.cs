using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Security;

/// <summary>The first admin token, made where nobody could make one, and the file that its secret is in: mode 0600, gone when the token is revoked.</summary>
internal sealed partial class FirstAdminToken(string path, ITrafficStore store, TimeProvider time, ILogger logger)
{
    public string Path => path;

    /// <summary>Makes the first admin token unless somebody who administers everything is among <paramref name="tokens"/>; makes it again from its file when the store was wiped.</summary>
    /// <returns>False: the file cannot be read or written.</returns>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<bool> TryEnsureAsync(IEnumerable<ApiToken> tokens, CancellationToken cancellationToken)
    {
        try
        {
            var secret = File.Exists(path) ? (await File.ReadAllTextAsync(path, cancellationToken)).Trim() : null;
            if (!tokens.Any(token => !token.IsExpired(time.GetUtcNow()) && token.ToIdentity().IsAdminOfAll)) await CreateAsync(secret, cancellationToken);
            else if (secret is null) LogElsewhere(path);
            return true;
        }
        catch (Exception unwritable) when (unwritable is not (OperationCanceledException or StoreException))
        {
            LogUnwritable(path, unwritable.Message);
            return false;
        }
    }

    /// <summary>The file of a token that was revoked goes too: after a wipe of the store it would make the token valid again.</summary>
    public void ForgetRevoked(KnownTokens before, KnownTokens after)
    {
        try
        {
            if (!File.Exists(path)) return;
            var hash = TokenSecret.Hash(File.ReadAllText(path).Trim());
            if (before.FindByHash(hash) is null || after.FindByHash(hash) is not null) return;
            File.Delete(path);
            LogRevoked(path);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            LogUnwritable(path, kept.Message);
        }
    }

    /// <summary>The file is written first: a token in the store whose secret nobody has would lock everybody out.</summary>
    private async Task CreateAsync(string? secret, CancellationToken cancellationToken)
    {
        var made = secret ?? TokenSecret.New();
        if (secret is null) FileWrites.Replace(path, made + "\n");
        var token = TokenWipe.MakeFirst(made, time.GetUtcNow());
        var put = new Change.Put(Keys.Token(token.Id), DocumentJson.Write(token), 0);
        if (await store.CommitAsync(ChangeSet.Empty.With(put), cancellationToken) is CommitResult.Committed)
            LogCreated(path);
        else if (secret is null)
            File.Delete(path);
    }

    [LoggerMessage(EventId = 400, Level = LogLevel.Information, Message = "The first admin token is in {Path}; only its owner can read it")]
    private partial void LogCreated(string path);

    [LoggerMessage(EventId = 401, Level = LogLevel.Information, Message = "The installation has tokens already; {Path} is not written again")]
    private partial void LogElsewhere(string path);

    [LoggerMessage(EventId = 403, Level = LogLevel.Error, Message = "{Path}: {Problem}")]
    private partial void LogUnwritable(string path, string problem);

    [LoggerMessage(EventId = 404, Level = LogLevel.Warning, Message = "The admin token of {Path} was revoked; the file is deleted")]
    private partial void LogRevoked(string path);
}
