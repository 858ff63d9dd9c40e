namespace TrafficShifter.Faults.Stack;

/// <summary>Every way between two parts of a stack on which something can go wrong.</summary>
/// <remarks>
/// <c>api1</c>, <c>api2</c>, <c>agent1</c>, <c>agent2</c> → <c>consul</c>; <c>agent1</c> → <c>haproxy1</c> (its socket); <c>api</c> → <c>agent1</c> (both apis);
/// <c>haproxy1</c> → <c>agent1</c> (the access log); <c>api1</c>, <c>api2</c> → <c>victoria-metrics</c>.
/// </remarks>
internal sealed class Links(Func<Link, CancellationToken, Task<IRelay?>> lay) : IAsyncDisposable
{
    private readonly Dictionary<(string From, string To), Link> _links = [];

    public IEnumerable<Link> All => _links.Values;

    /// <exception cref="KeyNotFoundException">There is no such way; the message names those that there are.</exception>
    public Link Between(string from, string to) =>
        _links.GetValueOrDefault((from, to)) ?? throw new KeyNotFoundException($"no link {from} → {to}; there are {string.Join(", ", All)}");

    /// <summary>Lays a way to where something listens, or will listen.</summary>
    public async Task<Link> AddAsync(string from, string to, string target, CancellationToken cancellationToken)
    {
        var link = new Link(from, to, target);
        return _links[(from, to)] = link with { Relay = await lay(link, cancellationToken) };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in All)
            if (link.Relay is { } relay) await relay.DisposeAsync();
    }
}
