using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Apps;

/// <summary>Which servers of the backend a colour has: those whose name begins with <see cref="Prefix"/>, or those listed.</summary>
public sealed record ServerSelector : DocumentPart
{
    public string? Prefix { get; init; }

    public IReadOnlyList<ProxyName>? Servers { get; init; }

    public bool Matches(ProxyName server) =>
        Servers?.Contains(server) ?? (Prefix is { } prefix && server.Value.StartsWith(prefix, StringComparison.Ordinal));

    public string? FindProblem(string colour) => (Prefix, Servers) switch
    {
        (null, null) => $"routing/{colour}: needs a prefix or a list of servers",
        (not null, not null) => $"routing/{colour}: has both a prefix and a list of servers; one of them decides",
        ({ } prefix, _) when ProxyName.FindProblem(prefix) is { } problem => $"routing/{colour}/prefix: {problem}",
        (_, { Count: 0 }) => $"routing/{colour}/servers: the list is empty",
        _ => null,
    };

    public override string ToString() => Servers is { } list ? string.Join(", ", list) : $"{Prefix}*";
}
