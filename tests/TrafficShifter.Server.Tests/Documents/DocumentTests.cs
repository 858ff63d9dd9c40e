using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using TrafficShifter.Consul;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Egress;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Judging;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.VictoriaMetrics;

namespace TrafficShifter.Server.Tests.Documents;

/// <summary>What the documents name is there.</summary>
public sealed partial class DocumentTests
{
    /// <summary>Settings that the framework or the log reads, not an options type.</summary>
    private static readonly string[] Others = ["Urls", "AllowedHosts", "Logging:Level", "Logging:Format"];

    private static readonly IReadOnlyDictionary<string, Type> Sections = new Dictionary<string, Type>
    {
        [""] = typeof(ServerOptions),
        ["Consul:"] = typeof(ConsulOptions),
        ["VictoriaMetrics:"] = typeof(VictoriaMetricsOptions),
        ["Judge:"] = typeof(JudgeOptions),
        ["Egress:"] = typeof(EgressOptions),
        ["Proxy:Grants:0:"] = typeof(ProxyGrantOptions),
        ["Proxy:"] = typeof(ProxyOptions),
        ["Session:"] = typeof(SessionLimits),
        ["Events:Sinks:0:"] = typeof(SinkOptions),
        ["Events:"] = typeof(EventOptions),
        ["Hooks:"] = typeof(HookOptions),
        ["Agent:Nodes:0:"] = typeof(NodeOptions),
        ["Agent:Known:0:"] = typeof(KnownAgent),
        ["Agent:"] = typeof(AgentOptions),
    };

    private static string Root { get; } = FindRoot();

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
        .Concat(Directory.EnumerateFiles(Path.Combine(Root, "haproxy"), "*.md"))
        .Concat(Directory.EnumerateFiles(Path.Combine(Root, "consul-templates"), "*.md"))
        .Select(f => Path.GetRelativePath(Root, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_link_leads_somewhere(string file)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Root, file))!;
        foreach (var link in Links().Matches(Text(file)).Select(m => m.Groups[1].Value).Where(l => !l.Contains("://", StringComparison.Ordinal)))
        {
            var (path, anchor) = link.Split('#') is [var p, var a] ? (p, a) : (link, null);
            var target = path.Length == 0 ? Path.Combine(Root, file) : Path.GetFullPath(Path.Combine(folder, path));
            (File.Exists(target) || Directory.Exists(target)).ShouldBeTrue($"{file} links to {link}, which is not there");
            if (anchor is not null) Anchors(File.ReadAllText(target)).ShouldContain(anchor, $"{file} links to {link}, which has no such heading");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_of_the_repository_that_is_named_is_there(string file)
    {
        foreach (var named in Paths().Matches(Text(file)).Select(m => m.Groups[1].Value))
            (File.Exists(Path.Combine(Root, named)) || Directory.Exists(Path.Combine(Root, named))).ShouldBeTrue($"{file} names {named}, which is not there");
    }

    [Fact]
    public void Every_setting_of_the_readme_is_an_option_and_every_option_is_a_setting_of_the_readme()
    {
        var named = Settings().Matches(Text("README.md")).SelectMany(m => Words().Matches(m.Value)).Select(w => w.Groups[1].Value).Except(Others).ToList();
        var options = Sections.SelectMany(s => s.Value.GetProperties().Select(p => s.Key + p.Name))
            .Where(name => name is not ("Agent:Nodes" or "Agent:Known" or "Events:Sinks" or "Proxy:Grants" or "EqualityContract")).ToList();
        named.ShouldBe(options, ignoreOrder: true);
    }

    [Fact]
    public void Every_decision_is_in_the_index()
    {
        var index = Text(Path.Combine("docs", "decisions", "README.md"));
        foreach (var decision in Directory.EnumerateFiles(Path.Combine(Root, "docs", "decisions"), "0*.md").Select(Path.GetFileName))
            index.ShouldContain($"({decision})");
    }

    private static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static List<string> Anchors(string text) => [.. Headings().Matches(text)
        .Select(m => NotInAnchors().Replace(m.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    private static string FindRoot([CallerFilePath] string here = "")
    {
        var folder = new FileInfo(here).Directory;
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TrafficShifter.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException($"no TrafficShifter.sln above {here}");
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();

    /// <summary>`src/…`, `tests/…` and the like, in backticks.</summary>
    [GeneratedRegex(@"`((?:src|tests|docs|deploy|haproxy)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex Paths();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();

    /// <summary>The first column of a row of the table of settings.</summary>
    [GeneratedRegex(@"^\| (`[A-Z][A-Za-z0-9:]+`(, )?)+ \|", RegexOptions.Multiline)]
    private static partial Regex Settings();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Words();
}
