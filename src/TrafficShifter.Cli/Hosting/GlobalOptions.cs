using System.CommandLine;
using System.CommandLine.Help;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Cli.Hosting;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Context { get; } = new("--context") { Description = "Context of the configuration to use", HelpName = "NAME", Recursive = true };

    public Option<string?> Server { get; } = new("--server") { Description = "Address of the API, above the context's", HelpName = "URL", Recursive = true };

    public Option<string?> Output { get; } = new("--output", "-o") { Description = "table, wide, json, yaml, name or jsonl", HelpName = "FORMAT", Recursive = true };

    public Option<string?> Reason { get; } = new("--reason") { Description = "Why, for the history; up to 500 characters", HelpName = "TEXT", Recursive = true };

    public Option<bool> Yes { get; } = new("--yes", "-y") { Description = "Do not ask for confirmation", Recursive = true };

    public Option<bool> NoInput { get; } = new("--no-input") { Description = "Never ask; stop with exit code 2 instead", Recursive = true };

    public Option<TimeSpan?> Timeout { get; } = new("--timeout")
    {
        Description = "Longest time to wait for an answer (default 30s), or for the end of what is watched", HelpName = "TIME", Recursive = true, CustomParser = Times.Read,
    };

    public Option<bool> NoColour { get; } = new("--no-color") { Description = "No colours and nothing drawn again", Recursive = true };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Only data and errors", Recursive = true };

    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Requests and times on stderr", Recursive = true };

    public GlobalOptions() => Output.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && !Formats.TryParse(token.Value, out _)) result.AddError($"-o {token.Value}: the formats are {Formats.Names}");
    });

    public IEnumerable<Option> All => [Context, Server, Output, Reason, Yes, NoInput, Timeout, NoColour, Quiet, Verbose];
}

/// <summary>Durations on the command line: <c>30s</c>, <c>1h30m</c>.</summary>
internal static class Times
{
    public static TimeSpan? Read(System.CommandLine.Parsing.ArgumentResult result)
    {
        if (Duration.TryParse(result.Tokens[0].Value, out var time)) return time;
        result.AddError($"\"{result.Tokens[0].Value}\" is not a time like 30s, 2m or 1h30m");
        return null;
    }

    public static Option<TimeSpan?> Option(string name, string description) => new(name) { Description = description, HelpName = "TIME", CustomParser = Read };
}
