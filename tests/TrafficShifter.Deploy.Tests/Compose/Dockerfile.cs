using System.Text.RegularExpressions;

namespace TrafficShifter.Deploy.Tests.Compose;

/// <summary>The repository's Dockerfile, cut into its stages.</summary>
/// <param name="Arguments">What <c>ARG</c> names before the first stage, with its default.</param>
internal sealed partial record Dockerfile(IReadOnlyDictionary<string, string> Arguments, IReadOnlyList<DockerStage> Stages)
{
    public DockerStage this[string stage] => Stages.Single(s => s.Name == stage);

    public static async Task<Dockerfile> ReadAsync() => Parse(await File.ReadAllTextAsync(Path.Combine(ComposeFile.Folder, "Dockerfile")));

    private static Dockerfile Parse(string text)
    {
        var arguments = new Dictionary<string, string>();
        var stages = new List<DockerStage>();
        var lines = Continued().Replace(text, " ").Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#');
        foreach (var line in lines)
        {
            var (verb, rest) = (line[..line.IndexOf(' ', StringComparison.Ordinal)], line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim());
            if (verb == "FROM") stages.Add(new DockerStage(rest.Split(' ')[0], rest.Split(' ')[2], []));
            else if (stages.Count > 0) stages[^1].Instructions.Add((verb, rest));
            else if (verb == "ARG") arguments.Add(rest.Split('=')[0], rest.Split('=')[1]);
        }
        return new Dockerfile(arguments, stages);
    }

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();
}

/// <param name="From">The image or stage that it begins with.</param>
internal sealed record DockerStage(string From, string Name, List<(string Verb, string Text)> Instructions)
{
    public IEnumerable<string> All(string verb) => Instructions.Where(i => i.Verb == verb).Select(i => i.Text);

    /// <summary>Files and folders that it copies out of the repository.</summary>
    public IEnumerable<string> CopiedFromRepository => All("COPY").Where(c => !c.Contains("--from=", StringComparison.Ordinal))
        .SelectMany(c => c.Split(' ').Where(word => !word.StartsWith("--", StringComparison.Ordinal)).SkipLast(1));

    /// <summary>What <c>ENV</c> sets.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment => All("ENV").SelectMany(e => e.Split(' ')).Select(pair => KeyValuePair.Create(pair.Split('=')[0], pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]));
}
