using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Security;

/// <summary>Brings what replicas know of the sessions together: hears what was opened, used and closed elsewhere, writes down what was used here, and takes away what is over.</summary>
public sealed partial class SessionSweep(ITrafficStore store, KnownSessions known, SessionLimits options, TimeProvider time, ILogger<SessionSweep> logger) : BackgroundService
{
    private const int RemovedAtOnce = 50;

    /// <summary>A replica may know of a use that it has not written yet: what it knows as used is removed by nobody before it had two turns.</summary>
    private static readonly TimeSpan Grace = Tokens.RereadInterval * 2;

    private DateTimeOffset Now => time.GetUtcNow();

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

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        // Whatever is opened while the list is on its way is in neither, and stays.
        var before = known.Open;
        var stored = (await store.ListAsync(Keys.Sessions, cancellationToken)).Entries.ToDictionary(e => e.Key[Keys.Sessions.Length..], StringComparer.Ordinal);
        foreach (var (hash, session) in before)
        {
            if (session.IsStored && !stored.ContainsKey(hash)) known.Confirm(hash);
            else if (!session.IsStored && session.Document.IsOver(Now, session.UsedAt, options.Idle, options.Absolute)) known.End(hash, isStored: false);
        }
        var over = new List<Entry>();
        foreach (var (hash, entry) in stored)
            if (Reading.Of<SessionDocument>(entry).Find() is not { } document || !await TryTakeInAsync(hash, document, entry, cancellationToken)) over.Add(entry);
        foreach (var (hash, session) in Sessions.FindExcess(known.Open))
        {
            known.End(hash, session.IsStored);
            if (stored.TryGetValue(hash, out var entry)) over.Add(entry);
        }
        await RemoveAsync(over, cancellationToken);
    }

    /// <summary>Knows it as the store has it, and notes in the store that it was used here.</summary>
    /// <returns>False: it is over.</returns>
    private async Task<bool> TryTakeInAsync(string hash, SessionDocument document, Entry entry, CancellationToken cancellationToken)
    {
        if (known.IsEnded(hash)) return false;
        var usedAt = known.Find(hash)?.UsedAt ?? document.UsedAt;
        if (document.IsOver(Now - Grace, usedAt, options.Idle, options.Absolute))
        {
            known.End(hash, isStored: true);
            return false;
        }
        if ((known.Find(hash) is not null || known.HasRoom) && !known.TryKeep(hash, new KnownSession(document, document.UsedAt, IsStored: true))) return false;
        // Lost to a sign-out, it stays lost: the document must be as it was read. Lost to another use, the next turn looks again.
        if (usedAt - document.UsedAt >= options.Idle / 4)
            await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(entry.Key, DocumentJson.Write(document with { UsedAt = usedAt }), entry.ModifyIndex)), cancellationToken);
        return true;
    }

    /// <summary>One that was changed meanwhile holds up none but those of its transaction: the next turn takes them.</summary>
    private async Task RemoveAsync(List<Entry> over, CancellationToken cancellationToken)
    {
        foreach (var chunk in over.Chunk(RemovedAtOnce))
        {
            if (await store.CommitAsync(ChangeSet.Empty.With([.. chunk.Select(e => new Change.Remove(e.Key, e.ModifyIndex))]), cancellationToken) is not CommitResult.Committed) continue;
            foreach (var entry in chunk) known.Confirm(entry.Key[Keys.Sessions.Length..]);
        }
    }

    [LoggerMessage(EventId = 431, Level = LogLevel.Debug, Message = "Sessions could not be looked through: {Problem}")]
    private partial void LogNotYet(string problem);
}
