using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.HAProxy;

/// <summary>Reads the servers of many backends by one command, <c>show servers state</c>, and keeps what was read: what has not changed is the very same object the next time.</summary>
/// <remarks>So a look at 10,000 backends that stand still allocates next to nothing, and who compares needs to compare only what changed.</remarks>
internal sealed class ServersDump(RuntimeApiClient client)
{
    private bool _isReading;
    private readonly Dictionary<ProxyName, IReadOnlyList<ServerReading>?> _hasNone = [];
    private ProcessIdentity? _process;
    private IReadOnlyCollection<ProxyName>? _asked;
    private Dictionary<string, ServersOfBackend> _known = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<ProxyName, IReadOnlyList<ServerReading>> _found = new Dictionary<ProxyName, IReadOnlyList<ServerReading>>();

    /// <summary>Reads these backends and which process they belong to; the others that it has are read and left out. Null while somebody else reads: what is known is one reader's at a time.</summary>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, or its reply was not complete or not understood.</exception>
    public async Task<LoadBalancerReading?> TryReadAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isReading, true)) return null;
        try
        {
            var lines = new ServersStateLines(_known);
            var process = Replies.Understand(client, ShowInfo.Command, await TakeAsync(lines, cancellationToken), ShowInfo.Parse);
            var known = lines.End();
            // The same backends of the same process, and nothing changed: the very same answer.
            if (ReferenceEquals(known, _known) && ReferenceEquals(backends, _asked) && process == _process) return new LoadBalancerReading(process, _found);
            _known = known;
            // What was said last holds again when all of this reading has come.
            _asked = null;
            await FindWithoutServersAsync(backends, process, cancellationToken);
            _found = Pick(backends);
            _asked = backends;
            return new LoadBalancerReading(process, _found);
        }
        finally
        {
            Volatile.Write(ref _isReading, false);
        }
    }

    private async Task<string> TakeAsync(ServersStateLines lines, CancellationToken cancellationToken)
    {
        try
        {
            var info = await client.ExecuteAsync(ShowInfo.Command, ShowServersState.All, lines.Take, cancellationToken);
            if (lines.FindProblem() is { } problem) throw new RuntimeApiException(client.Address, ShowServersState.All, lines.First, $"gave a reply that was not understood: {problem}");
            return info;
        }
        catch (Exception broken) when (broken is FormatException or OverflowException)
        {
            throw new RuntimeApiException(client.Address, ShowServersState.All, lines.First, $"gave a reply that was not understood: {broken.Message}", broken);
        }
    }

    /// <summary>A backend that is not in the reply has no servers, or is not there: which of the two is asked once of each process.</summary>
    private async Task FindWithoutServersAsync(IReadOnlyCollection<ProxyName> backends, ProcessIdentity process, CancellationToken cancellationToken)
    {
        if (process != _process) _hasNone.Clear();
        _process = process;
        var unknown = backends.Where(b => !_known.ContainsKey(b.Value) && !_hasNone.ContainsKey(b)).Distinct().ToList();
        if (unknown.Count == 0) return;
        var replies = await client.ExecuteAsync([ShowInfo.Command, .. unknown.Select(ShowServersState.Command)], cancellationToken);
        var answering = Replies.Understand(client, ShowInfo.Command, replies[0], ShowInfo.Parse);
        if (answering != process) throw new RuntimeApiException(client.Address, ShowInfo.Command, replies[0], $"became another process (pid {process.Pid} → {answering.Pid}) while its servers were read");
        foreach (var (backend, reply) in unknown.Zip(replies.Skip(1)))
            _hasNone[backend] = reply == ShowServersState.NoSuchBackend ? null : Replies.Understand(client, ShowServersState.Command(backend), reply, ShowServersState.Parse);
    }

    /// <summary>What was asked for; the same answer as the last time where it has not changed.</summary>
    private IReadOnlyDictionary<ProxyName, IReadOnlyList<ServerReading>> Pick(IReadOnlyCollection<ProxyName> backends)
    {
        if (_found.Count > 0 && IsAsBefore(backends)) return _found;
        var found = new Dictionary<ProxyName, IReadOnlyList<ServerReading>>(backends.Count);
        foreach (var backend in backends)
            if (Find(backend) is { } servers) found[backend] = servers;
        return found;
    }

    private IReadOnlyList<ServerReading>? Find(ProxyName backend) => _known.TryGetValue(backend.Value, out var read) ? read.Servers : _hasNone.GetValueOrDefault(backend);

    private bool IsAsBefore(IReadOnlyCollection<ProxyName> backends)
    {
        var same = 0;
        foreach (var backend in backends)
        {
            var known = Find(backend);
            if (!ReferenceEquals(known, _found.GetValueOrDefault(backend))) return false;
            if (known is not null) same++;
        }
        return same == _found.Count;
    }
}

/// <summary>The servers of one backend as they were read last.</summary>
internal sealed record ServersOfBackend(string Backend, IReadOnlyList<ServerReading> Servers);
