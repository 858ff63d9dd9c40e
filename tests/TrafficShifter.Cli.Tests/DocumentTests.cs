using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using TrafficShifter.Cli.Commands;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Cli.Tests;

/// <summary>docs/cli.md names what is there, and all of it.</summary>
public sealed partial class DocumentTests
{
    private static string Text { get; } = File.ReadAllText(Path.Combine(PeerLocator.RepositoryRoot, "docs", "cli.md"));

    [Fact]
    public void Every_exit_code_is_in_the_table_and_no_other() =>
        Codes().Matches(Text).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).Order()
            .ShouldBe(typeof(ExitCode).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (int)f.GetValue(null)!).Order());

    [Fact]
    public void Every_command_is_named()
    {
        var root = CommandTree.Build(new Shell(new Terminal { In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null, Variable = _ => null, Home = "/" }));
        foreach (var command in root.Subcommands.Where(c => !c.Hidden))
        {
            Text.ShouldContain($"`{command.Name}");
            foreach (var verb in command.Subcommands.Where(v => !v.Hidden)) Text.ShouldContain(verb.Name);
        }
    }

    [Fact]
    public void Every_variable_is_one_that_is_read()
    {
        var sources = string.Concat(Directory.EnumerateFiles(Path.Combine(PeerLocator.RepositoryRoot, "src", "TrafficShifter.Cli"), "*.cs", SearchOption.AllDirectories).Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));
        var read = Variables().Matches(sources).Select(m => m.Groups[1].Value).Distinct().Order().ToList();
        Named().Matches(Text).Select(m => m.Value).Distinct().Order().ShouldBe(read.Where(v => v.StartsWith("SHIFTER_", StringComparison.Ordinal)));
    }

    [GeneratedRegex(@"^\| (\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Codes();

    [GeneratedRegex("Variable\\(\"([A-Z_]+)\"\\)")]
    private static partial Regex Variables();

    [GeneratedRegex("SHIFTER_[A-Z_]+")]
    private static partial Regex Named();
}
