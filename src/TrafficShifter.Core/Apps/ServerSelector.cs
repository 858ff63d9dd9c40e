using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Apps;

/// <summary>Which servers of the backend a colour has: those whose name begins with <see cref="Prefix"/>, or those listed.</summary>
public sealed record ServerSelector : DocumentPart
{
    public string? Prefix { get; init; }

    public IReadOnlyList<ProxyName>? Servers { get; init; }

    /// <summary>The servers of a colour where a definition does not say: those whose name begins with the colour's word.</summary>
    public static ServerSelector Default(Colour colour) => new() { Prefix = colour.Word() };

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

    /// <summary>What a server could have by which both selectors would take it, in words; null when none could.</summary>
    public string? FindShared(ServerSelector other)
    {
        if (Prefix is { } a && other.Prefix is { } b)
            return a.StartsWith(b, StringComparison.Ordinal) || b.StartsWith(a, StringComparison.Ordinal) ? $"the prefixes \"{a}\" and \"{b}\" overlap" : null;
        return ((Servers ?? []).FirstOrDefault(other.Matches) ?? (other.Servers ?? []).FirstOrDefault(Matches)) is { } server ? $"server \"{server}\" belongs to both" : null;
    }

    public override string ToString() => Servers is { } list ? string.Join(", ", list) : $"{Prefix}*";
}
