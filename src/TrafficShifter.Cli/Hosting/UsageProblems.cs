using System.CommandLine;
using System.CommandLine.Help;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Hosting;

/// <summary>What is wrong with a command line, with the word that was probably meant.</summary>
internal static class UsageProblems
{
    public static Failure? Find(ParseResult parsed)
    {
        if (parsed.Errors.Count == 0 || parsed.Action is HelpAction or HelpWithExamples) return null;
        var command = parsed.CommandResult.Command;
        var path = PathOf(command);
        var first = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        var help = $"{path} --help";
        if (first is null) return Failure.Usage(Reword(parsed.Errors[0].Message, command, path), help);
        var known = first.StartsWith('-')
            ? OptionsOf(command)
            : command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
        var what = first.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
        var meant = Similar.Find(first, known);
        return Failure.Usage($"{path} has no {what} \"{first}\"", meant is null ? help : first.StartsWith('-') ? $"did you mean {meant}?   {help}" : $"did you mean {path} {meant}?   {help}");
    }

    /// <summary><c>shifter rollout start</c>.</summary>
    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "shifter";

    private static string Reword(string message, Command command, string path) =>
        message.StartsWith("Required command", StringComparison.Ordinal) ? $"{path} needs one of: {string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}"
        : message.StartsWith("Required argument missing for command", StringComparison.Ordinal) ? $"{path} needs {string.Join(" ", command.Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0).Select(a => a.HelpName ?? a.Name))}"
        : message;

    private static IEnumerable<string> OptionsOf(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(Inherited)).Where(o => !o.Hidden).SelectMany(o => o.Aliases.Append(o.Name)).Where(n => n.StartsWith("--", StringComparison.Ordinal));

    private static IEnumerable<Option> Inherited(Command command) =>
        command.Options.Where(o => o.Recursive).Concat(command.Parents.OfType<Command>().SelectMany(Inherited));
}
