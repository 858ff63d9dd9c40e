using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>What is asked of a fleet.</summary>
/// <param name="To">The colour that would get an application's traffic; null: it is not asked about.</param>
/// <param name="Campaign">The preflight that holds where an application has none of its own; null: none.</param>
public sealed record ParityQuestion(Func<AppTraffic, Colour?> To, Preflight? Campaign);

/// <summary>Some applications, by name, each with whether it is ready to move.</summary>
/// <param name="Ready">How many of them are.</param>
/// <param name="Next">The name after which the next page begins; null on the last one.</param>
public sealed record ParityPage(int Ready, int NotReady, IReadOnlyList<ParityRow> Apps, string? Next);

/// <summary>One application in the report.</summary>
/// <param name="Sentence">What stands in the way, or how much was asked.</param>
public sealed record ParityRow(AppName App, Colour To, bool Ready, string Sentence, IReadOnlyList<Finding> Findings, SideVersions? Versions, DateTimeOffset At)
{
    public static ParityRow Of(Readiness readiness) => new(readiness.App, readiness.To, readiness.Ready, readiness.Sentence, readiness.Findings, readiness.Versions, readiness.At);
}

/// <summary>Asks a whole fleet whether it is ready to move: a bounded number of applications at a time, whoever asks, and each at most once in 5 s.</summary>
public sealed class ParityReader(TrafficFollower follower, ReadinessReader readiness, TimeProvider time) : IDisposable
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim _gate = new(AtOnce);
    private readonly ConcurrentDictionary<(AppName App, Colour To, string Preflight), Readiness> _known = new();

    /// <param name="after">The name after which the page begins; null for the first one.</param>
    public async Task<ParityPage> ReadAsync(ParityQuestion question, string? after, int limit, Func<AppName, bool> isVisible, CancellationToken cancellationToken)
    {
        Forget();
        var snapshot = follower.Current;
        var preflight = question.Campaign is null ? "" : DocumentJson.Write(question.Campaign);
        var asked = snapshot.Apps.Values
            .Where(a => a.Exists && (after is null || string.CompareOrdinal(a.Name.Value, after) > 0) && isVisible(a.Name))
            .Select(a => (a.Name, To: question.To(a))).Where(a => a.To is not null)
            .OrderBy(a => a.Name.Value, StringComparer.Ordinal).Take(limit + 1).ToList();
        var page = asked.Take(limit).ToList();
        var read = await Task.WhenAll(page.Select(app => ReadAsync((app.Name, app.To!.Value, preflight), question.Campaign, cancellationToken)));
        var rows = read.Select(ParityRow.Of).ToList();
        return new ParityPage(rows.Count(r => r.Ready), rows.Count(r => !r.Ready), rows, asked.Count > limit ? page[^1].Name.Value : null);
    }

    public void Dispose() => _gate.Dispose();

    private async Task<Readiness> ReadAsync((AppName App, Colour To, string Preflight) asked, Preflight? campaign, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_known.TryGetValue(asked, out var known) && IsFresh(known)) return known;
            return _known[asked] = await readiness.ReadAsync(asked.App, asked.To, campaign, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    private bool IsFresh(Readiness known) => time.GetUtcNow() - known.At is var age && age >= TimeSpan.Zero && age < Fresh;

    private void Forget()
    {
        foreach (var (key, known) in _known)
            if (!IsFresh(known)) _known.TryRemove(key, out _);
    }
}
