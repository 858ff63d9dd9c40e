namespace TrafficShifter.Core.Judging.Replay;

/// <summary>The header of a replay file: which column stands where. Any order; none twice, none unknown.</summary>
internal sealed class ReplayColumns
{
    private static readonly string[] Needed = ["t", "step", "candidate_requests", "candidate_bad", "stable_requests", "stable_bad"];
    private static readonly string[] Optional = [.. from part in new[] { "50", "90", "99" } from side in new[] { "candidate", "stable" } select $"{side}_slow{part}"];

    private readonly Dictionary<string, int> _places;

    private ReplayColumns(Dictionary<string, int> places) => _places = places;

    public int Count => _places.Count;

    public IReadOnlyList<LatencyQuantile> Latency => [.. Enum.GetValues<LatencyQuantile>().Where(q => _places.ContainsKey(NameOf("candidate", q)))];

    /// <exception cref="ReplayRefusedException">The header is not one.</exception>
    public static ReplayColumns Read(string header, int line)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (text, at) in ReplayFile.Split(header))
        {
            if (!Needed.Contains(text) && !Optional.Contains(text)) throw new ReplayRefusedException(line, at, $"there is no column \"{text}\"; there are {string.Join(", ", Needed)} and, if wanted, {string.Join(", ", Optional)}");
            if (!places.TryAdd(text, places.Count)) throw new ReplayRefusedException(line, at, $"the column {text} stands twice");
        }
        var other = places.Keys.Where(Optional.Contains).Select(OtherSide);
        if (Needed.Concat(other).FirstOrDefault(name => !places.ContainsKey(name)) is { } missing) throw new ReplayRefusedException(line, header.Length + 1, $"the column {missing} is missing");
        return new(places);
    }

    public int this[string name] => _places[name];

    public static string NameOf(string side, LatencyQuantile quantile) =>
        $"{side}_slow{quantile switch { LatencyQuantile.P50 => "50", LatencyQuantile.P90 => "90", _ => "99" }}";

    private static string OtherSide(string name) =>
        name.StartsWith("candidate", StringComparison.Ordinal) ? "stable" + name["candidate".Length..] : "candidate" + name["stable".Length..];
}

/// <summary>Ends the reading of a file; <see cref="ReplayFile.Read"/> turns it into a value.</summary>
internal sealed class ReplayRefusedException(int line, int column, string problem) : Exception(problem)
{
    public ReplayReading.Refused Refusal => new(line, column, Message);
}
