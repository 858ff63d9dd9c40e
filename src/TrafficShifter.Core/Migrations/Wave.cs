using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Migrations;

/// <summary>Applications of a migration that move together, before those of the next wave.</summary>
public sealed record Wave : DocumentPart
{
    /// <summary>What people know it by; 1 to 63 of a–z, A–Z, 0–9, '-', '_' and '.', a letter or digit first.</summary>
    public required string Name { get; init; }

    public required WaveSelection Select { get; init; }

    /// <summary>The plan, or the name of one, of all its applications; null: each application's own, else the migration's.</summary>
    public JsonElement? Plan { get; init; }

    /// <summary>How many of its applications move at once, 1 to 100; null: as the migration says.</summary>
    public int? Parallelism { get; init; }

    /// <summary>How long nothing new begins after its end; null: as the migration says.</summary>
    public TimeSpan? Pause { get; init; }

    /// <summary>Who is asked before it begins; null: nobody is.</summary>
    public WaveGate? Gate { get; init; }

    internal static IEnumerable<(string, DocumentPart?)> PartsOf(Wave wave, int index) =>
        [(At(index), wave), ($"{At(index)}/select", wave.Select), ($"{At(index)}/select/criticality", wave.Select.Criticality)];

    internal static string At(int index) => string.Create(CultureInfo.InvariantCulture, $"waves/{index}");
}

/// <summary>Which applications are of a wave: those for which every member that is given holds. At least one is.</summary>
public sealed record WaveSelection : DocumentPart
{
    /// <summary>The names of each list as a set: thousands of applications are asked for again and again.</summary>
    private static readonly ConditionalWeakTable<IReadOnlyList<AppName>, HashSet<AppName>> Sets = [];

    /// <summary>By name. Each must be there.</summary>
    public IReadOnlyList<AppName>? Apps { get; init; }

    /// <summary>All of these labels with these values.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>One of these owners, as definitions spell them.</summary>
    public IReadOnlyList<string>? Owners { get; init; }

    /// <summary>A criticality from least to most.</summary>
    public CriticalityRange? Criticality { get; init; }

    public bool Matches(AppDefinition app) =>
        (Apps is null || Sets.GetValue(Apps, apps => [.. apps]).Contains(app.Name))
        && (Labels?.All(l => app.Labels?.GetValueOrDefault(l.Key) == l.Value) ?? true)
        && Owners?.Any(o => app.Owners.Contains(o, StringComparer.Ordinal)) != false
        && Criticality?.Holds(app.Criticality ?? AppDefinition.UsualCriticality) != false;

    /// <summary>In words: <c>apps shop, cart; label tier=web; owner payments; criticality 0 to 30</c>.</summary>
    public string Describe() => string.Join("; ", new[]
    {
        Apps is { } apps ? $"apps {string.Join(", ", apps.Take(5))}{(apps.Count > 5 ? $" and {apps.Count - 5} others" : "")}" : null,
        Labels is { } labels ? $"label {string.Join(", ", labels.Select(l => $"{l.Key}={l.Value}"))}" : null,
        Owners is { } owners ? $"owner {string.Join(" or ", owners)}" : null,
        Criticality is { } range ? $"criticality {range.Min} to {range.Max}" : null,
    }.OfType<string>());
}

/// <summary>Criticalities from <see cref="Min"/> to <see cref="Max"/>, both included. An application without one has 50.</summary>
public sealed record CriticalityRange : DocumentPart
{
    /// <summary>0 to 100; default 0.</summary>
    public int Min { get; init; }

    /// <summary>0 to 100; default 100.</summary>
    public int Max { get; init; } = AppDefinition.MaxCriticality;

    public bool Holds(int criticality) => criticality >= Min && criticality <= Max;
}
