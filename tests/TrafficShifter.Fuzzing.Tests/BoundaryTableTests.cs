using System.Text.RegularExpressions;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Tests;

/// <summary>docs/security.md has every boundary that is tried, and no other. That the tests are there which it names is looked at where all documents are.</summary>
public sealed partial class BoundaryTableTests
{
    [Fact]
    public void Every_target_is_in_the_table_and_no_other()
    {
        var text = File.ReadAllText(Path.Combine(PeerLocator.RepositoryRoot, "docs", "security.md"));
        var table = text[text.IndexOf("## Boundaries, and what tries each", StringComparison.Ordinal)..text.IndexOf("## What is called", StringComparison.Ordinal)];

        var named = Rows().Matches(table).SelectMany(row => Names().Matches(row.Groups[1].Value)).Select(name => name.Groups[1].Value);

        named.ShouldBe(AllTargets.Names, ignoreOrder: true);
        foreach (var row in Rows().Matches(table).Select(r => r.Value)) row.ShouldContain("`tests/");
    }

    [GeneratedRegex(@"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \|.*$", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex("`([a-z-]+)`")]
    private static partial Regex Names();
}
