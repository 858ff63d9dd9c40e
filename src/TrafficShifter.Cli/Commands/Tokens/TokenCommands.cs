using System.CommandLine;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Cli.Commands.Tokens;

/// <summary><c>shifter token</c>: keys for people and pipelines.</summary>
internal static class TokenCommands
{
    public static Command Create(Shell shell)
    {
        var token = List(shell, "token");
        token.Add(List(shell, "token list"));
        token.Add(CreateToken(shell));
        token.Add(Revoke(shell));
        return token;
    }

    private static Verb List(Shell shell, string path) => new Verb(path.Split(' ')[^1], "List the tokens, without their secrets", $"shifter {path}", $"shifter {path} -o wide").Does(shell, async run =>
    {
        var reply = await run.Api.GetAsync("tokens", run.Cancelled);
        run.Data.Write(reply.Json, tokens =>
        {
            var table = new Table("NAME", "ROLE", "APPS", "OWNERS", "VERBS", "CREATED BY", "USED", "EXPIRES", new Column("ID", Wide: true));
            foreach (var t in tokens.EnumerateArray())
                table.Add(t.Find("name"), t.Find("role"), t.Member("apps") is null && t.Member("owners") is null ? "all" : Shown.List(t.List("apps")), Shown.List(t.List("owners")), t.Member("verbs") is null ? "all of the role" : Shown.List(t.List("verbs")), t.Find("createdBy"),
                    t.Time("lastUsed") is { } used ? Shown.Age(used, run.Now) : "never", t.Is("expired") ? new Cell("expired", Tone.Bad) : t.Time("expiresAt") is { } ends ? Shown.Date(ends)[..10] : "never", t.Find("id"));
            return table;
        }, t => t.Find("name"));
        return ExitCode.Done;
    });

    private static Verb CreateToken(Shell shell)
    {
        var name = Arguments.Named("NAME", "As the history names whoever uses it");
        var role = new Option<string>("--role") { Description = "viewer, operator or admin", HelpName = "ROLE", Required = true };
        role.AcceptOnlyFromAmong("viewer", "operator", "admin");
        var apps = Several("--app", "Only for these applications; * for any characters", "APP");
        var owners = Several("--owner", "Only for applications of these owners", "OWNER");
        var verbs = Several("--verb", "Only these verbs, and to look", "VERB");
        var expires = Times.Option("--expires", "How long it is valid, like 90d (default: until it is revoked)");
        var file = new Option<string?>("--out") { Description = "Write the secret into this file, mode 0600, instead of the standard output", HelpName = "FILE" };
        return new Verb("create", "Make a token. Its secret is shown once and never again", "shifter token create ci --role operator --app shop --verb start --expires 90d", "shifter token create anna --role operator --owner payments --out anna.token") { name, role, apps, owners, verbs, expires, file }
            .Does(shell, async run =>
        {
            var body = Arguments.Reason(run);
            (body["name"], body["role"]) = (run.Get(name), run.Get(role));
            if (run.Get(apps) is { Length: > 0 } a) body["apps"] = ToArray(a);
            if (run.Get(owners) is { Length: > 0 } o) body["owners"] = ToArray(o);
            if (run.Get(verbs) is { Length: > 0 } v) body["verbs"] = ToArray(v);
            if (run.Get(expires) is { } time) body["expiresIn"] = Duration.Format(time);
            run.SayWhere($"token {run.Get(name)}");
            var reply = await run.Api.PostAsync("tokens", body, run.Cancelled);
            Write(run, reply, run.Get(file));
            return ExitCode.Done;
        });
    }

    private static void Write(Invocation run, ApiReply reply, string? file)
    {
        var secret = reply.Json.Find("secret")!;
        if (file is not null)
        {
            ConfigFile.WriteSecret(file, secret + "\n");
            run.Say($"the secret is in {file}; only its owner can read it");
            return;
        }
        run.Say("This is shown once and never again:");
        run.Data.Write(reply.Json, output => output.WriteLine(secret), t => t.Find("name"));
    }

    private static Verb Revoke(Shell shell)
    {
        var id = Arguments.Named("TOKEN", "Name or id of the token");
        return new Verb("revoke", "Revoke a token: it is not taken from now on", "shifter token revoke ci", "shifter token revoke ci --yes --reason \"leaked\"") { id }.Does(shell, async run =>
        {
            var all = await run.Api.GetAsync("tokens", run.Cancelled);
            var found = all.Json.EnumerateArray().FirstOrDefault(t => t.Find("name") == run.Get(id) || t.Find("id") == run.Get(id));
            if (found.Find("id") is not { } known) throw new Failure(ExitCode.NotFound, $"there is no token \"{run.Get(id)}\"", "nothing changed", "shifter token list");
            run.SayWhere($"token {found.Find("name")}");
            run.Confirm($"The token {found.Find("name")} is not taken any more.");
            await run.Api.DeleteAsync($"tokens/{ApiClient.Part(known)}", Arguments.Reason(run), run.Cancelled);
            run.Say($"token {found.Find("name")} is revoked");
            return ExitCode.Done;
        });
    }

    private static Option<string[]> Several(string option, string description, string value) => new(option) { Description = description, HelpName = value, Arity = ArgumentArity.OneOrMore };

    private static JsonArray ToArray(string[] values) => [.. values.SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(v => (JsonNode?)v)];
}
