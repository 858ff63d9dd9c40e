using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Access;

/// <summary>An API token as it is stored, <c>tokens/&lt;id&gt;</c>: never the secret, only its SHA-256.</summary>
public sealed record ApiToken : Document
{
    public const int MaxName = 63;
    public const int MaxLimits = 50;
    public const int MaxOwner = 100;

    public required string Id { get; init; }

    /// <summary>SHA-256 of the secret, hexadecimal, lower case.</summary>
    public required string Sha256 { get; init; }

    /// <summary>As the history names whoever uses it: a-z, 0-9, '-', '.', '_' and '@', unique among the tokens; the id where none is given.</summary>
    public string? Name { get; init; }

    public required Role Role { get; init; }

    /// <summary>Names of applications that it is limited to, up to 50, <c>*</c> for any characters; null: not by name.</summary>
    public IReadOnlyList<AppPattern>? Apps { get; init; }

    /// <summary>Owners whose applications it is limited to, up to 50; null: not by owner. With apps: either is enough.</summary>
    public IReadOnlyList<string>? Owners { get; init; }

    /// <summary>Verbs that it is limited to; null: all of its role.</summary>
    public IReadOnlyList<string>? Verbs { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it; null: the first start of the server.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Not taken from then on; null: it does not expire.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public bool IsExpired(DateTimeOffset now) => ExpiresAt <= now;

    public Identity ToIdentity() => new(Name ?? Id, Id, [new Grant(Role, Apps, Owners, Verbs)], []);

    /// <summary>Whether a name can be somebody's in the history, as a sentence; null when it can.</summary>
    public static string? FindNameProblem(string name) =>
        name.Length is 0 or > MaxName ? $"a name has 1 to {MaxName} characters"
        : !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or '_' or '@') ? "a name is made of a-z, 0-9, '-', '.', '_' and '@'"
        : Identity.ReservedNames.Contains(name) ? $"\"{name}\" is how the service itself signs"
        : null;

    /// <summary>What is wrong, with the field in front.</summary>
    public override string? FindProblem() =>
        Sha256.Length != 64 || !Sha256.All(char.IsAsciiHexDigitLower) ? "sha256: not a SHA-256 in hexadecimal"
        : Name is not null && FindNameProblem(Name) is { } bad ? $"name: {bad}"
        : Apps is { Count: 0 or > MaxLimits } ? $"apps: 1 to {MaxLimits} patterns"
        : Owners is { Count: 0 or > MaxLimits } || Owners?.Any(o => o.Length is 0 or > MaxOwner) == true ? $"owners: 1 to {MaxLimits}, each of 1 to {MaxOwner} characters"
        : Verbs is { Count: 0 or > MaxLimits } ? $"verbs: 1 to {MaxLimits}"
        : null;
}
