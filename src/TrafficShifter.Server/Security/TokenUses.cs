using System.Collections.Concurrent;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Security;

/// <summary>Remembers when tokens were last used: in memory with every request, in the store at most once a minute, and only where an hour has passed.</summary>
public sealed partial class TokenUses(ITrafficStore store, Tokens tokens, TimeProvider time, ILogger<TokenUses> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);

    public void Note(string token) => _seen[token] = time.GetUtcNow();

    /// <summary>The last use of each token, as every replica has written it and as this one knows it.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<IReadOnlyDictionary<string, DateTimeOffset>> ReadAsync(CancellationToken cancellationToken)
    {
        var stored = await store.FindAsync(Keys.TokenUses, cancellationToken) is { } entry ? Reading.Of<TokenUseDocument>(entry).Find() : null;
        return (stored?.Uses ?? new Dictionary<string, DateTimeOffset>()).Concat(_seen).GroupBy(u => u.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Max(u => u.Value));
    }

    /// <summary>Writes what is worth it now. Lost to another replica: the next turn writes it.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        var entry = await store.FindAsync(Keys.TokenUses, cancellationToken);
        var document = (entry is null ? null : Reading.Of<TokenUseDocument>(entry).Find()) ?? new TokenUseDocument();
        if (document.IsReadOnly || document.With(_seen, tokens.Known.All.Select(t => t.Id).ToHashSet(StringComparer.Ordinal)) is not { } next) return;
        await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(Keys.TokenUses, DocumentJson.Write(next), entry?.ModifyIndex ?? 0)), cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested) return;
            try
            {
                await WriteAsync(stoppingToken);
            }
            catch (Exception away) when (away is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogNotYet(away.Message);
            }
        }
    }

    [LoggerMessage(EventId = 420, Level = LogLevel.Debug, Message = "The last uses of tokens could not be written: {Problem}")]
    private partial void LogNotYet(string problem);
}
