using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Observation;

/// <summary>Looks at one HAProxy's weights ten times a second, on its own socket: nothing of the product is in between.</summary>
internal sealed partial class NodeWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<Sample> _samples = [];
    private readonly int _node;
    private readonly HAProxyProcess _haproxy;
    private readonly string _question;
    private readonly Task _running;

    public NodeWatch(int node, HAProxyProcess haproxy)
    {
        _node = node;
        _haproxy = haproxy;
        _question = string.Join(';', TestedApp.All.SelectMany(app => app.Commands(haproxy.MapsFolder)).Prepend("show info"));
        _running = Task.Run(RunAsync);
    }

    public IReadOnlyList<Sample> Since(DateTimeOffset from)
    {
        lock (_lock) return [.. _samples.SkipWhile(s => s.Answered < from)];
    }

    /// <summary>Forgets what is older.</summary>
    public void Forget(DateTimeOffset before)
    {
        lock (_lock) _samples.RemoveAll(s => s.Answered < before);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    /// <summary>Looks once, now.</summary>
    public async Task<Sample> LookAsync()
    {
        var asked = OperationLog.Now;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var reply = await _haproxy.AskAsync(_question, patience.Token);
            if (Pid().Match(reply) is { Success: true } pid && Parse(reply) is { } shares)
                return new Sample(_node, asked, OperationLog.Now, int.Parse(pid.Groups[1].ValueSpan, CultureInfo.InvariantCulture), shares);
        }
        catch (Exception away) when (away is SocketException or IOException or OperationCanceledException)
        {
            // Not reachable: that is what the sample says.
        }
        return new Sample(_node, asked, OperationLog.Now, null, new Dictionary<string, decimal?>());
    }

    /// <summary>Green's share by application, from the answers in the order of the questions; null when one is missing or is something else.</summary>
    internal static IReadOnlyDictionary<string, decimal?>? Parse(string reply)
    {
        var weights = new Queue<int>(Weight().Matches(reply).Select(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)));
        var rows = Row().Matches(reply).ToDictionary(m => m.Groups[2].Value, m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        var shares = new Dictionary<string, decimal?>();
        foreach (var app in TestedApp.All)
        {
            if (app.IsMapped)
            {
                if (rows.TryGetValue(app.Name, out var row)) shares[app.Name] = row / 100m;
                continue;
            }
            if (weights.Count < 2) return null;
            var (blue, green) = (weights.Dequeue(), weights.Dequeue());
            shares[app.Name] = blue + green == 0 ? null : 100m * green / (blue + green);
        }
        return weights.Count == 0 ? shares : null;
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var sample = await LookAsync();
            lock (_lock) _samples.Add(sample);
            await Task.Delay(Interval, CancellationToken.None);
        }
    }

    [GeneratedRegex(@"^Pid: (\d+)", RegexOptions.Multiline)]
    private static partial Regex Pid();

    // 50 (initial 100)
    [GeneratedRegex(@"^(\d+) \(initial \d+\)", RegexOptions.Multiline)]
    private static partial Regex Weight();

    // type=str, case=sensitive, found=yes, idx=tree, key="shop", value="s.5000.shop.shop", type="str"
    [GeneratedRegex("value=\"[a-zA-Z]\\.(\\d+)\\.[^.\"]+\\.([^.\"]+)\"")]
    private static partial Regex Row();
}
