using System.CommandLine;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Rollback;

/// <summary><c>shifter rollback APP</c>, <c>shifter rollback --all</c>: the emergency. Of one application it never asks anything.</summary>
internal static class RollbackCommand
{
    private static readonly TimeSpan UsualWait = TimeSpan.FromSeconds(5);

    public static Command Create(Shell shell)
    {
        var app = Arguments.App();
        app.Arity = ArgumentArity.ZeroOrOne;
        var all = new Option<bool>("--all") { Description = "Every application, in one write" };
        var contexts = new Option<string?>("--contexts") { Description = "Several installations at once, by their contexts; a result for each", HelpName = "A,B,C" };
        var to = new Option<string?>("--to") { Description = "Where to: stable (default), blue or green", HelpName = "COLOUR" };
        to.AcceptOnlyFromAmong("stable", "blue", "green");
        var sever = new Option<bool>("--sever") { Description = "Also cut the connections that are open on the side that is left" };
        var force = new Option<bool>("--force") { Description = "Also where that colour has no usable server" };
        var wait = Times.Option("--wait", "How long to wait until every node was read back (default 5s, up to 30s); exit code 8 when one was not");
        return new Verb("rollback", "Emergency: send all traffic back to the stable colour, and lock it there. Never asks when it is one application",
            "shifter rollback shop", "shifter rollback shop --sever --reason \"5xx after release 42\"", "shifter rollback --all", "shifter rollback --all --contexts eu,us --yes") { app, all, contexts, to, sever, force, wait }
            .Does(shell, run => RunAsync(run, Named(run, app, all), run.Get(contexts), new RollbackAsked(run.Get(to), run.Get(sever), run.Get(force), run.Get(wait) ?? UsualWait)));
    }

    /// <returns>Name of the application; null: all.</returns>
    private static string? Named(Invocation run, Argument<string> app, Option<bool> all)
    {
        var name = run.Parsed.GetResult(app)?.Tokens is [var token] ? token.Value : null;
        if (name is null && !run.Get(all)) throw Failure.Usage("which application? All of them are --all", "shifter rollback APP");
        return name is null || !run.Get(all) ? name : throw Failure.Usage("an application or --all, not both");
    }

    private static async Task<int> RunAsync(Invocation run, string? app, string? contexts, RollbackAsked asked)
    {
        Connection[] where = contexts is null
            ? [run.Connection]
            : [.. contexts.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().Select(c => Connection.Resolve(run.Terminal, c, null))];
        if (where.Length == 0) throw Failure.Usage("--contexts names none", "shifter context list");
        if (app is null) await FleetConfirmation.AskAsync(run, where, asked);
        foreach (var connection in where) run.Say($"{app ?? "all applications"} on {connection.Label} ({connection.Server.GetLeftPart(UriPartial.Path).TrimEnd('/')})");
        var results = await Task.WhenAll(where.Select(connection => Emergency.RunAsync(run, connection, app, asked)));
        return contexts is null ? RollbackReport.WriteOne(run, results[0]) : RollbackReport.WriteAll(run, results);
    }
}

/// <summary>What a rollback was asked for.</summary>
/// <param name="To">stable, blue or green; null: stable.</param>
internal sealed record RollbackAsked(string? To, bool Sever, bool Force, TimeSpan Wait);
