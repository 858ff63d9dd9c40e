namespace TrafficShifter.Templates.Tests;

/// <summary>Documents as the service or a person writes them.</summary>
internal static class Documents
{
    public const string Blue = """{"stable":"blue","schema":1}""";

    public const string Green = """{"stable":"green","schema":1}""";

    public static string Weights(string app, string backend) => $$$"""{"name":"{{{app}}}","hosts":["{{{app}}}.test"],"routing":{"kind":"weights","backend":"{{{backend}}}"},"schema":1}""";

    public static string Map(string app, string pool, string mode = "sticky") => $$$"""{"name":"{{{app}}}","hosts":["{{{app}}}.test"],"routing":{"kind":"map","pool":"{{{pool}}}","mode":"{{{mode}}}"},"schema":1}""";

    public static string Share(int blue, int green) => $$"""{"blue":{{blue}},"green":{{green}},"schema":1}""";

    public static string Locked(string to, string stable = "blue") => $$"""{"stable":"{{stable}}","lock":{"to":"{{to}}","by":"ben","reason":"errors","at":"2026-11-21T12:00:00Z"},"schema":1}""";

    public static string Rollback(string to) => $$"""{"to":"{{to}}","by":"carl","reason":"outage","at":"2026-11-21T12:00:00Z","schema":1}""";

    /// <summary>What each application's line has, by its name.</summary>
    public static IReadOnlyDictionary<string, AppLine> Lines(string? rendered) =>
        (rendered ?? throw new InvalidOperationException("nothing was rendered")).Split('\n')
            .Where(line => line.StartsWith("# app ", StringComparison.Ordinal) || line.StartsWith("# gone ", StringComparison.Ordinal) || line.StartsWith("# broken ", StringComparison.Ordinal))
            .Select(line => new AppLine(line.Split(' ')[1..]))
            .ToDictionary(line => line.Name);
}

/// <summary>A line of the roll: <c>app shop weights be_shop - 1000 - weights 0 17 18 19 prefix=blue prefix=green</c>.</summary>
internal sealed record AppLine(IReadOnlyList<string> Fields)
{
    public string Word => Fields[0];

    public string Name => Fields[1];

    public int Share => int.Parse(Fields[5], System.Globalization.CultureInfo.InvariantCulture);

    public string Source => Fields[7];

    public bool Force => Fields[8] == "1";
}
