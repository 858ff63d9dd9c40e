using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>Reads one HAProxy's raw weights about a hundred times a second and keeps every change: what a jump would show in.</summary>
/// <remarks>A change counts when two readings in a row saw it: one alone may have come between two commands of one batch, which is no share that anybody set.</remarks>
public sealed class WeightLog : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<decimal> _seen = [];
    private readonly Task _running;

    public WeightLog(HAProxyProcess haproxy, Backend backend) => _running = Task.Run(() => ReadAsync(haproxy, backend));

    /// <summary>Green's shares in percent in the order in which they were seen, each as often as it was changed to.</summary>
    public IReadOnlyList<decimal> Seen
    {
        get
        {
            lock (_seen) return [.. _seen];
        }
    }

    /// <summary>These shares were seen, in this order, and no other.</summary>
    public async Task ShouldHaveSeenAsync(params decimal[] shares)
    {
        // The last change may be younger than the last reading.
        var soFar = await Eventually.SeeAsync($"{shares.Length} different shares", () => Task.FromResult(Seen), seen => seen.Count >= shares.Length);
        soFar.ShouldBe(shares);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task ReadAsync(HAProxyProcess haproxy, Backend backend)
    {
        decimal? last = null;
        while (!_stop.IsCancellationRequested)
        {
            if (await RawWeights.FindGreenAsync(haproxy, backend) is { } green)
            {
                lock (_seen)
                {
                    if (last == green && (_seen.Count == 0 || _seen[^1] != green)) _seen.Add(green);
                }
                last = green;
            }
            await Task.Delay(Interval);
        }
    }
}
