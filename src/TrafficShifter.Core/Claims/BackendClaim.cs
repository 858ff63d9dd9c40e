using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Claims;

/// <summary>Which applications on `weights` routing drive which servers of a backend: <c>claims/backend/&lt;backend&gt;</c>. A pool is shared and is not claimed.</summary>
public sealed record BackendClaim : Document
{
    public static readonly BackendClaim Nobody = new() { Apps = new SortedDictionary<string, ServersClaim>(StringComparer.Ordinal) };

    /// <summary>By the application's name.</summary>
    public required IReadOnlyDictionary<string, ServersClaim> Apps { get; init; }

    /// <summary>The same with what one application claims; null: nothing.</summary>
    public BackendClaim With(AppName app, ServersClaim? servers)
    {
        var apps = new SortedDictionary<string, ServersClaim>(Apps.ToDictionary(), StringComparer.Ordinal);
        if (servers is null) apps.Remove(app.Value);
        else apps[app.Value] = servers;
        return this with { Apps = apps };
    }

    // A dictionary of a hand-written document may hold nulls and names that are none.
    public override string? FindProblem() => Apps.FirstOrDefault(a => a.Value is null || AppName.FindProblem(a.Key) is not null) is { Key: { } odd } ? $"apps/{odd}: not an application with its servers" : null;
}

/// <summary>The servers that one application drives.</summary>
public sealed record ServersClaim : DocumentPart
{
    public required ServerSelector Blue { get; init; }

    public required ServerSelector Green { get; init; }

    public static ServersClaim Of(Routing routing) => new() { Blue = routing.Of(Colour.Blue), Green = routing.Of(Colour.Green) };

    /// <summary>What both applications would drive, in words; null when nothing.</summary>
    public string? FindShared(ServersClaim other) =>
        Blue.FindShared(other.Blue) ?? Blue.FindShared(other.Green) ?? Green.FindShared(other.Blue) ?? Green.FindShared(other.Green);
}
