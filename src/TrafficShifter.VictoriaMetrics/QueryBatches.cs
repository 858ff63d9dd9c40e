using System.Collections.Concurrent;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.VictoriaMetrics;

/// <summary>Asks queries of one value: alone while they are few, and when they are many those of a quarter of a second together.</summary>
/// <remarks>
/// Together is a way to ask, never a reason for another answer. 1. A union that is refused, late or too large says nothing: each of its queries is asked alone.
/// 2. A query that was refused or slow alone stays alone for five minutes, and what is slow waits for what is slow. 3. Unions that fail get smaller, and larger
/// again while they do not.
/// </remarks>
public sealed class QueryBatches(VictoriaMetricsClient client, VictoriaMetricsOptions options, TimeProvider time) : IDisposable
{
    /// <summary>How long a query waits for others, when they are many.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(250);

    /// <summary>Queries in a second above which they are asked together.</summary>
    public const int Few = 16;

    private const int MostUnions = 4;
    private const int MostAlone = 16;
    private const int MostSlow = 8;
    private const int LeastLength = 1_000;
    private const int MostSuspects = 10_000;
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Suspicion = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _unions = new(MostUnions);
    private readonly SemaphoreSlim _alone = new(MostAlone);
    private readonly SemaphoreSlim _slow = new(MostSlow);
    private readonly ConcurrentDictionary<string, long> _suspects = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private List<Waiting> _waiting = [];
    private long _second;
    private int _now;
    private int _before;
    private int _length = options.MaxQueryLength;

    /// <param name="At">Null: the present, when it is sent.</param>
    private sealed record Waiting(string Query, DateTimeOffset? At, TaskCompletionSource<InstantQueryReply?> Answer);

    /// <param name="at">The moment to ask at; null: the present. Queries of the same moment are asked together.</param>
    /// <param name="now">What the source's present is when the query is sent.</param>
    /// <exception cref="MetricSourceUnavailableException">It is away, late, or says what is no answer to a query.</exception>
    public async Task<InstantQueryReply> AskAsync(string query, DateTimeOffset? at, Func<DateTimeOffset> now, CancellationToken cancellationToken)
    {
        var isSuspect = IsSuspect(query);
        if (!isSuspect && QueryUnion.CanJoin(query) && TryJoin(query, at, now) is { } waiting && await waiting.WaitAsync(cancellationToken) is { } answer) return answer;
        return await AskAloneAsync(query, at, now, isSuspect ? _slow : _alone, cancellationToken);
    }

    public void Dispose()
    {
        _unions.Dispose();
        _alone.Dispose();
        _slow.Dispose();
    }

    /// <summary>The answer that the query gets with others, null for none; null when there are too few others to wait for.</summary>
    private Task<InstantQueryReply?>? TryJoin(string query, DateTimeOffset? at, Func<DateTimeOffset> now)
    {
        lock (_gate)
        {
            Count();
            if (Math.Max(_now, _before) <= Few) return null;
            var waiting = new Waiting(query, at, new TaskCompletionSource<InstantQueryReply?>(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiting.Add(waiting);
            if (_waiting.Count == 1) _ = SendSoonAsync(now);
            return waiting.Answer.Task;
        }
    }

    private void Count()
    {
        var second = time.GetTimestamp() / time.TimestampFrequency;
        if (second != _second) (_second, _before, _now) = (second, second == _second + 1 ? _now : 0, 0);
        _now++;
    }

    private async Task SendSoonAsync(Func<DateTimeOffset> now)
    {
        await Task.Delay(Window, time);
        List<Waiting> all;
        lock (_gate) (all, _waiting) = (_waiting, []);
        await Task.WhenAll(all.GroupBy(w => w.At).SelectMany(moment => Split(moment, Volatile.Read(ref _length))).Select(some => SendAsync(some, now)));
    }

    /// <summary>In the order in which they came, no union longer than the source takes.</summary>
    private static IEnumerable<IReadOnlyList<Waiting>> Split(IEnumerable<Waiting> all, int length)
    {
        var some = new List<Waiting>();
        var left = length;
        foreach (var one in all)
        {
            var takes = one.Query.Length + QueryUnion.Around;
            if (takes > left && some.Count > 0)
            {
                yield return some;
                (some, left) = ([], length);
            }
            some.Add(one);
            left -= takes;
        }
        if (some.Count > 0) yield return some;
    }

    private async Task SendAsync(IReadOnlyList<Waiting> some, Func<DateTimeOffset> now)
    {
        IReadOnlyList<InstantQueryReply>? answers = null;
        try
        {
            // One is asked alone all the same.
            if (some.Count > 1) answers = await AskTogetherAsync(some, now);
        }
        finally
        {
            for (var i = 0; i < some.Count; i++) some[i].Answer.TrySetResult(answers?[i]);
        }
    }

    private async Task<IReadOnlyList<InstantQueryReply>?> AskTogetherAsync(IReadOnlyList<Waiting> some, Func<DateTimeOffset> now)
    {
        await _unions.WaitAsync();
        try
        {
            var answers = await client.QueryUnionAsync([.. some.Select(w => w.Query)], some[0].At ?? now(), CancellationToken.None);
            Learn(answers is not null);
            return answers;
        }
        catch (MetricSourceUnavailableException)
        {
            // Whether it is the source or one of the queries shows when each is asked alone.
            Learn(isGood: false);
            return null;
        }
        finally
        {
            _unions.Release();
        }
    }

    private void Learn(bool isGood)
    {
        lock (_gate) _length = isGood ? Math.Min(options.MaxQueryLength, _length * 2) : Math.Max(LeastLength, _length / 2);
    }

    private async Task<InstantQueryReply> AskAloneAsync(string query, DateTimeOffset? at, Func<DateTimeOffset> now, SemaphoreSlim turns, CancellationToken cancellationToken)
    {
        if (!await turns.WaitAsync(options.Timeout, cancellationToken)) throw new MetricSourceUnavailableException($"the query waited {options.Timeout.TotalSeconds:0.#} s for others that are slow, and was not asked");
        var began = time.GetTimestamp();
        try
        {
            var reply = await client.QueryAsync(query, at ?? now(), cancellationToken);
            if (reply is InstantQueryReply.Vector && time.GetElapsedTime(began) < Slow) _suspects.TryRemove(query, out _);
            else Suspect(query);
            return reply;
        }
        catch (MetricSourceUnavailableException) when (time.GetElapsedTime(began) >= Slow)
        {
            // One that fails at once says something of the source, not of the query.
            Suspect(query);
            throw;
        }
        finally
        {
            turns.Release();
        }
    }

    private bool IsSuspect(string query) => _suspects.TryGetValue(query, out var since) && (time.GetElapsedTime(since) < Suspicion || !_suspects.TryRemove(query, out _));

    private void Suspect(string query)
    {
        if (_suspects.Count >= MostSuspects) _suspects.Clear();
        _suspects[query] = time.GetTimestamp();
    }
}
