using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Names a rollout and carries its application: <c>shop-01jd2x3y4z5a6b7c8d9e0f1g2h</c>, the app's name and a ULID in lower case.</summary>
[JsonConverter(typeof(ParsableJsonConverter<RolloutId>))]
public sealed record RolloutId : IParsable<RolloutId>
{
    private const int UlidLength = 26;
    private const string UlidDigits = "0123456789abcdefghjkmnpqrstvwxyz";

    private RolloutId(AppName app, string ulid) => (App, Ulid) = (app, ulid);

    public AppName App { get; }

    /// <summary>26 characters of Crockford's base 32; sorts by the time it was made.</summary>
    public string Ulid { get; }

    /// <exception cref="FormatException"><paramref name="ulid"/> is not a ULID; upper case is taken.</exception>
    public static RolloutId Of(AppName app, string ulid) => Parse($"{app}-{ulid.ToLowerInvariant()}");

    /// <exception cref="FormatException">Not a rollout's id; the message shows the form that is.</exception>
    public static RolloutId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException($"\"{s}\" is not a rollout's id like \"shop-01jd2x3y4z5a6b7c8d9e0f1g2h\": the application, '-' and a ULID in lower case");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out RolloutId result)
    {
        result = null;
        // The ULID has no '-', the name may have several: the last one divides them.
        var dash = s?.LastIndexOf('-') ?? -1;
        if (dash < 1) return false;
        var ulid = s![(dash + 1)..];
        if (ulid.Length != UlidLength || ulid[0] > '7' || !ulid.All(c => UlidDigits.Contains(c, StringComparison.Ordinal))) return false;
        if (!AppName.TryParse(s[..dash], provider, out var app)) return false;
        result = new RolloutId(app, ulid);
        return true;
    }

    public override string ToString() => $"{App}-{Ulid}";
}
