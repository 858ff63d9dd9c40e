using System.Collections.Concurrent;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Tests.Hosting;

/// <summary>A store that can go away and come back, and that remembers what was committed through it.</summary>
internal sealed class InterruptibleStore(ITrafficStore inner) : ITrafficStore
{
    private readonly ConcurrentQueue<ChangeSet> _commits = new();
    private readonly ConcurrentQueue<string> _listed = new();
    private volatile TaskCompletionSource _away = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _problem;
    private volatile Waiting? _waiting;

    private sealed record Waiting(string Prefix, int Listed);

    public string Name => "the test's store";

    /// <summary>Every transaction that was sent while the store was there, oldest first.</summary>
    public IReadOnlyCollection<ChangeSet> Commits => _commits;

    /// <summary>Every prefix that was read whole, oldest first.</summary>
    public IReadOnlyCollection<string> Listed => _listed;

    /// <summary>Returns when somebody waits for a change of <paramref name="prefix"/>, after more than <paramref name="after"/> prefixes were read whole.</summary>
    public async Task WaitingAsync(string prefix, int after = 0)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(_waiting is { } waiting && waiting.Prefix == prefix && waiting.Listed > after)) await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
    }

    /// <summary>Every call fails from now on, those that wait included.</summary>
    public void GoAway(string problem = "connection refused")
    {
        _problem = problem;
        _away.TrySetResult();
    }

    /// <summary>Calls about these keys are not answered while it is set, as by a store that hangs; they end with their request.</summary>
    public Predicate<string>? Hangs { get; set; }

    /// <summary>Called before each transaction reaches the store: what happens in the same moment.</summary>
    public Func<ChangeSet, Task>? BeforeCommit { get; set; }

    /// <summary>Called after each transaction that reached the store, before its answer is.</summary>
    public Action<ChangeSet>? AfterCommit { get; set; }

    public void ComeBack()
    {
        _problem = null;
        _away = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public Task<Entry?> FindAsync(string key, CancellationToken cancellationToken) => AskAsync(token => inner.FindAsync(key, token), cancellationToken, key);

    public Task<IReadOnlyList<Entry>> FindAllAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => AskAsync(token => inner.FindAllAsync(keys, token), cancellationToken, [.. keys]);

    public Task<Listing> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        _listed.Enqueue(prefix);
        return AskAsync(token => inner.ListAsync(prefix, token), cancellationToken, prefix);
    }

    public Task<IReadOnlyList<Entry>> ListAllAsync(IReadOnlyCollection<string> prefixes, CancellationToken cancellationToken)
    {
        foreach (var prefix in prefixes) _listed.Enqueue(prefix);
        return AskAsync(token => inner.ListAllAsync(prefixes, token), cancellationToken, [.. prefixes]);
    }

    public Task<IReadOnlyList<string>> ListNamesAsync(string prefix, CancellationToken cancellationToken) => AskAsync(token => inner.ListNamesAsync(prefix, token), cancellationToken, prefix);

    public async Task<Listing> WaitAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken)
    {
        var asked = AskAsync(token => inner.WaitAsync(prefix, index, wait, token), cancellationToken);
        _waiting = new Waiting(prefix, _listed.Count);
        return await asked;
    }

    public Task<ulong> WaitForChangeAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken) =>
        AskAsync(token => inner.WaitForChangeAsync(prefix, index, wait, token), cancellationToken);

    public async Task<CommitResult> CommitAsync(ChangeSet changes, CancellationToken cancellationToken)
    {
        if (BeforeCommit is { } before) await before(changes);
        if (_problem is null) _commits.Enqueue(changes);
        var result = await AskAsync(token => inner.CommitAsync(changes, token), cancellationToken, [.. changes.Changes.Select(c => c.Key)]);
        AfterCommit?.Invoke(changes);
        return result;
    }

    public Task<bool> TryHoldAsync(string key, string value, CancellationToken cancellationToken) => AskAsync(token => inner.TryHoldAsync(key, value, token), cancellationToken);

    public Task ReleaseAsync(string key, CancellationToken cancellationToken) => inner.ReleaseAsync(key, cancellationToken);

    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, CancellationToken cancellationToken, params string[] keys)
    {
        if (Hangs is { } hangs && keys.Any(k => hangs(k))) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        var away = _away.Task;
        if (_problem is { } gone) throw new StoreUnavailableException($"{Name} could not be asked: {gone}");
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var asked = ask(either.Token);
        if (await Task.WhenAny(asked, away) == asked) return await asked;
        await either.CancelAsync();
        throw new StoreUnavailableException($"{Name} could not be asked: {_problem ?? "the connection was closed"}");
    }
}
