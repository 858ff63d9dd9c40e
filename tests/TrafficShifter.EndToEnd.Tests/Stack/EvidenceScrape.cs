using System.Globalization;
using System.Text.RegularExpressions;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>One scrape of an agent's evidence.</summary>
public sealed partial class EvidenceScrape
{
    private readonly List<(string Name, IReadOnlyDictionary<string, string> Labels, long Value)> _series;

    private EvidenceScrape(string text)
    {
        Text = text;
        _series = [.. Lines().Matches(text).Select(m => (m.Groups[1].Value,
            (IReadOnlyDictionary<string, string>)Labels().Matches(m.Groups[2].Value).ToDictionary(l => l.Groups[1].Value, l => l.Groups[2].Value),
            long.Parse(m.Groups[3].Value, CultureInfo.InvariantCulture)))];
    }

    public string Text { get; }

    /// <summary>Requests that did not get lost on the way, whosoever they are.</summary>
    public long Lost => Sum(EvidenceSeries.Lost);

    public bool IsReceiving => Sum(EvidenceSeries.Receiving) == 1;

    public static async Task<EvidenceScrape> ReadAsync(ServerProcess agent, string path = "metrics/evidence")
    {
        using var http = new HttpClient { BaseAddress = agent.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", ShiftingStack.MetricsToken);
        return new EvidenceScrape(await http.GetStringAsync(new Uri(path, UriKind.Relative)));
    }

    /// <summary>The sum of all series with these labels; 0 when there is none.</summary>
    public long Sum(string name, params (string Name, string Value)[] labels) => Matching(name, labels).Sum(s => s.Value);

    public bool Has(string name, params (string Name, string Value)[] labels) => Matching(name, labels).Any();

    /// <summary>Requests of one colour of an application, of both halves of its servers.</summary>
    public long Requests(string app, string colour) => Sum(EvidenceSeries.Requests, ("app", app), ("colour", colour));

    public override string ToString() => string.Join('\n', Text.Split('\n').Where(l => !l.EndsWith(" 0", StringComparison.Ordinal) && !l.StartsWith('#')));

    private IEnumerable<(string Name, IReadOnlyDictionary<string, string> Labels, long Value)> Matching(string name, (string Name, string Value)[] labels) =>
        _series.Where(s => s.Name == name && labels.All(l => s.Labels.GetValueOrDefault(l.Name) == l.Value));

    [GeneratedRegex(@"^(\w+)\{([^}]*)\} (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Lines();

    [GeneratedRegex(@"(\w+)=""([^""]*)""")]
    private static partial Regex Labels();
}
