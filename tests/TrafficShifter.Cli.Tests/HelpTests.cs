using System.CommandLine;
using TrafficShifter.Cli.Commands;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Tests.Hosting;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Cli.Tests;

/// <summary>The help of every command is what scripts and fingers rely on: it changes on purpose, by its file in Golden.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly User _user = new();

    public static TheoryData<string> Commands { get; } = [.. AllCommands().Select(c => string.Join(' ', c))];

    private static string Folder { get; } = Path.Combine(PeerLocator.RepositoryRoot, "tests", "TrafficShifter.Cli.Tests", "Golden", "help");

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task The_help_is_as_pinned(string command)
    {
        var run = (await _user.TypeAsync($"{command} --help")).ShouldExit(ExitCode.Done);
        run.Error.ShouldBeEmpty();
        var file = Path.Combine(Folder, (command.Length == 0 ? "shifter" : command.Replace(' ', '-')) + ".txt");
        if (Environment.GetEnvironmentVariable("SHIFTER_WRITE_GOLDEN") is not null)
        {
            Directory.CreateDirectory(Folder);
            await File.WriteAllTextAsync(file, run.Out);
        }
        File.Exists(file).ShouldBeTrue($"{file} is not there; SHIFTER_WRITE_GOLDEN=1 writes it");
        run.Out.ShouldBe(await File.ReadAllTextAsync(file));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void The_help_begins_with_examples_that_parse(string command)
    {
        var root = Tree();
        var found = command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate((Command)root, (c, word) => c.Subcommands.Single(s => s.Name == word));
        if (found is RootCommand) return;
        var examples = found.ShouldBeOfType<Verb>().Examples;
        examples.Count.ShouldBeGreaterThanOrEqualTo(2, command);
        foreach (var example in examples)
        {
            example.ShouldStartWith($"shifter {command}");
            root.Parse(example["shifter ".Length..].Split('|', '<', '>')[0].TrimEnd()).Errors.Select(e => e.Message).ShouldBeEmpty(example);
        }
    }

    [Fact]
    public void No_golden_file_is_left_of_a_command_that_is_gone() =>
        Directory.GetFiles(Folder).Select(f => Path.GetFileNameWithoutExtension(f)).Order().ShouldBe(AllCommands().Select(c => c.Length == 0 ? "shifter" : string.Join("-", c)).Order());

    public void Dispose() => _user.Dispose();

    private static RootCommand Tree() => CommandTree.Build(new Shell(new Terminal { In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null, Variable = _ => null, Home = "/" }));

    private static IEnumerable<string[]> AllCommands() => Below([], Tree());

    private static IEnumerable<string[]> Below(string[] path, Command command) =>
        command.Subcommands.Where(c => !c.Hidden).SelectMany(c => Below([.. path, c.Name], c)).Prepend(path);
}
