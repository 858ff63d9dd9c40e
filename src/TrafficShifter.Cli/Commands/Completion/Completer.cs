using System.CommandLine;
using System.CommandLine.Completions;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Completion;

/// <summary><c>shifter __complete WORD… PART</c>: what may stand where the last word begins. Never an error: with nothing to say it says nothing.</summary>
internal static class Completer
{
    /// <summary>How the scripts call it.</summary>
    public const string Word = "__complete";

    /// <summary>Longest that somebody at a keyboard waits for names.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <param name="words">All after `shifter`; the last is the one that is being typed, and may be empty.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> words, Terminal terminal, CancellationToken cancellationToken)
    {
        var (before, part) = words.Count == 0 ? ([], "") : (words.SkipLast(1).ToList(), words[^1]);
        foreach (var found in (await FindAsync(before, part, terminal, cancellationToken)).Where(w => w.StartsWith(part, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)) terminal.Out.WriteLine(found);
        return ExitCode.Done;
    }

    private static async Task<IEnumerable<string>> FindAsync(List<string> before, string part, Terminal terminal, CancellationToken cancellationToken)
    {
        var shell = new Shell(terminal);
        var parsed = CommandTree.Build(shell).Parse(before, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var command = parsed.CommandResult.Command;
        var options = Options(command).ToList();
        if (before.Count > 0 && options.FirstOrDefault(o => o.ValueType != typeof(bool) && (o.Name == before[^1] || o.Aliases.Contains(before[^1]))) is { } option)
            return Known(option) is { Count: > 0 } words ? words : await NamesAsync(option.HelpName, option.Name, shell, parsed, terminal, cancellationToken);
        if (part.StartsWith('-')) return options.Where(o => !o.Hidden).Select(o => o.Name);
        var verbs = command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
        var next = command.Arguments.FirstOrDefault(a => (parsed.GetResult(a)?.Tokens.Count ?? 0) < a.Arity.MaximumNumberOfValues);
        if (next is null) return verbs;
        return verbs.Concat(Known(next) is { Count: > 0 } known ? known : await NamesAsync(next.HelpName, "", shell, parsed, terminal, cancellationToken));
    }

    private static List<string> Known(Symbol symbol) => [.. symbol.GetCompletions(CompletionContext.Empty).Select(c => c.InsertText ?? c.Label)];

    private static IEnumerable<Option> Options(Command command) => command.Options.Concat(command.Parents.OfType<Command>().SelectMany(Options).Where(o => o.Recursive));

    /// <summary>Names of things, by what the help calls them.</summary>
    private static async Task<IEnumerable<string>> NamesAsync(string? what, string option, Shell shell, ParseResult parsed, Terminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            if (option is "--context" or "--contexts" || parsed.CommandResult.Command.Parents.OfType<Command>().Any(p => p.Name == "context")) return ConfigFile.Read(terminal).Contexts.Keys;
            if (option == "--output") return ["table", "wide", "json", "yaml", "name", "jsonl"];
            var (path, name) = (what, option, parsed.CommandResult.Command.Parents.OfType<Command>().FirstOrDefault()?.Name) switch
            {
                ("APP", _, _) => ("apps", "name"),
                ("NODE", _, _) => ("nodes", "node"),
                ("NAME", "--plan", _) or ("NAME" or "PLAN", "", "plan") => ("plans", "name"),
                ("NAME", "", "migration") or ("MIGRATION", _, _) => ("migrations", "name"),
                ("TOKEN", _, _) => ("tokens", "name"),
                _ => ("", ""),
            };
            if (path.Length == 0) return [];
            var connection = Connection.Resolve(terminal, parsed.GetValue(shell.Options.Context), parsed.GetValue(shell.Options.Server));
            using var api = new ApiClient(connection, Settings.Of(parsed, shell) with { Timeout = Patience, Verbose = false }, terminal);
            return (await api.GetAsync(path, cancellationToken)).Json.EnumerateArray().Select(e => e.Find(name)).OfType<string>().ToList();
        }
        catch (Exception nothing) when (nothing is Failure or JsonException or InvalidOperationException)
        {
            return [];
        }
    }
}
