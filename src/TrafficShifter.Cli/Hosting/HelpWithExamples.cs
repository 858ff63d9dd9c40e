using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text;

namespace TrafficShifter.Cli.Hosting;

/// <summary>The help of a command: first what to type, then the rest. The options that all commands have are told once, by <c>shifter --help</c>.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    /// <summary>Always the same: a help text that depends on the window cannot be pinned.</summary>
    private const int Width = 110;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.Write(Write(parseResult.CommandResult.Command));
        return ExitCode.Done;
    }

    private static string Write(Command command)
    {
        var help = new StringBuilder();
        if (command is Verb { Examples: { Count: > 0 } examples })
        {
            help.Append("Examples:\n");
            foreach (var example in examples) help.Append("  ").Append(example).Append('\n');
            help.Append('\n');
        }
        help.Append(command.Description).Append("\n\nUsage:\n  ").Append(UsageOf(command)).Append('\n');
        Append(help, "Commands", command.Subcommands.Where(c => !c.Hidden).Select(c => (c.Name, c.Description)));
        Append(help, "Arguments", command.Arguments.Where(a => !a.Hidden).Select(a => (a.HelpName ?? a.Name, a.Description)));
        var own = command.Options.Where(o => !o.Hidden && (!o.Recursive || command is RootCommand)).ToList();
        Append(help, "Options", own.Select(o => (LabelOf(o), o.Description)));
        if (command is not RootCommand) help.Append("\nOptions that every command has: shifter --help\n");
        return help.ToString();
    }

    private static string UsageOf(Command command)
    {
        var usage = new StringBuilder(UsageProblems.PathOf(command));
        var verbs = command.Subcommands.Any(c => !c.Hidden);
        if (verbs) usage.Append(command.Action is null ? " COMMAND" : " [COMMAND]");
        foreach (var argument in command.Arguments.Where(a => !a.Hidden))
        {
            var name = (argument.HelpName ?? argument.Name) + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : "");
            usage.Append(' ').Append(argument.Arity.MinimumNumberOfValues > 0 ? name : $"[{name}]");
        }
        return usage.Append(" [options]").ToString();
    }

    private static string LabelOf(Option option)
    {
        var names = option.Aliases.Where(a => !a.StartsWith("--", StringComparison.Ordinal)).Append(option.Name).Concat(option.Aliases.Where(a => a.StartsWith("--", StringComparison.Ordinal)));
        var value = option.ValueType == typeof(bool) || option.ValueType == typeof(void) ? "" : " " + (option.HelpName ?? "VALUE");
        return string.Join(", ", names) + value;
    }

    private static void Append(StringBuilder help, string title, IEnumerable<(string Label, string? Description)> rows)
    {
        var listed = rows.ToList();
        if (listed.Count == 0) return;
        help.Append('\n').Append(title).Append(":\n");
        var indent = listed.Max(r => r.Label.Length) + 4;
        foreach (var (label, description) in listed)
        {
            help.Append("  ").Append(label.PadRight(indent - 2));
            var taken = indent;
            foreach (var word in (description ?? "").Split(' '))
            {
                if (taken > indent && taken + 1 + word.Length > Width)
                {
                    help.Append('\n').Append(' ', indent);
                    taken = indent;
                }
                if (taken > indent) help.Append(' ');
                help.Append(word);
                taken += word.Length + (taken > indent ? 1 : 0);
            }
            help.Append('\n');
        }
    }
}
