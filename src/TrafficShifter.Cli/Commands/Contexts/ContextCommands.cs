using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Contexts;

/// <summary><c>shifter context</c>: the installations that this user speaks to.</summary>
internal static class ContextCommands
{
    public static Command Create(Shell shell)
    {
        var context = List(shell, "context");
        context.Add(List(shell, "context list"));
        context.Add(Use(shell));
        context.Add(Set(shell));
        context.Add(Delete(shell));
        return context;
    }

    private static Verb List(Shell shell, string path) => new Verb(path.Split(' ')[^1], "List the contexts; * is the one in use", $"shifter {path}", $"shifter {path} -o name").Does(shell, run =>
    {
        var configuration = ConfigFile.Read(run.Terminal);
        var document = new JsonArray([.. configuration.Contexts.Select(c => new JsonObject
        {
            ["name"] = c.Key, ["current"] = c.Key == configuration.Current, ["server"] = c.Value.Server, ["environment"] = c.Value.Environment, ["tokenFile"] = c.Value.TokenFile, ["caFile"] = c.Value.CaFile,
        })]);
        run.Data.Write(JsonSerializer.SerializeToElement(document, JsonText.Relaxed), contexts =>
        {
            var table = new Table("", "NAME", "SERVER", "ENVIRONMENT", new Column("TOKEN FILE", Wide: true), new Column("CA FILE", Wide: true));
            foreach (var c in contexts.EnumerateArray()) table.Add(new Cell(c.Is("current") ? "*" : " "), c.Find("name"), c.Find("server"), c.Find("environment"), c.Find("tokenFile"), c.Find("caFile"));
            return table;
        }, c => c.Find("name"));
        return ExitCode.Done;
    });

    private static Verb Use(Shell shell)
    {
        var name = Arguments.Named("NAME", "Name of the context");
        return new Verb("use", "Use a context from now on", "shifter context use prod", "shifter context use test -q") { name }.Does(shell, run =>
        {
            var configuration = ConfigFile.Read(run.Terminal);
            if (!configuration.Contexts.ContainsKey(run.Get(name))) throw NoSuch(run, configuration, run.Get(name));
            ConfigFile.Write(run.Terminal, configuration with { Current = run.Get(name) });
            run.Say($"{run.Get(name)} is in use");
            return ExitCode.Done;
        });
    }

    private static Verb Set(Shell shell)
    {
        var name = Arguments.Named("NAME", "Name of the context; a new one, or one to change");
        var environment = new Option<string?>("--environment") { Description = "What it is called where a change is announced: PROD", HelpName = "NAME" };
        var token = new Option<string?>("--token-file") { Description = "File with the token, mode 0600", HelpName = "FILE" };
        var ca = new Option<string?>("--ca-file") { Description = "Certificates (PEM) of those who may vouch for the server", HelpName = "FILE" };
        var certificate = new Option<string?>("--client-cert") { Description = "This client's certificate (PEM)", HelpName = "FILE" };
        var key = new Option<string?>("--client-key") { Description = "Its key (PEM)", HelpName = "FILE" };
        return new Verb("set", "Make or change a context; --server is its address", "shifter context set prod --server https://shifter.example.com --environment PROD", "shifter context set prod --token-file ~/.shifter-prod.token") { name, environment, token, ca, certificate, key }.Does(shell, run =>
        {
            var configuration = ConfigFile.Read(run.Terminal);
            var old = configuration.Contexts.GetValueOrDefault(run.Get(name));
            var server = run.Get(shell.Options.Server) ?? old?.Server ?? throw Failure.Usage("a new context needs an address", $"shifter context set {run.Get(name)} --server URL");
            configuration.Contexts[run.Get(name)] = new NamedContext
            {
                Server = Connection.ReadAddress(server).ToString(),
                Environment = run.Get(environment) ?? old?.Environment,
                TokenFile = Full(run.Get(token)) ?? old?.TokenFile,
                CaFile = Full(run.Get(ca)) ?? old?.CaFile,
                ClientCertificate = Full(run.Get(certificate)) ?? old?.ClientCertificate,
                ClientKey = Full(run.Get(key)) ?? old?.ClientKey,
            };
            ConfigFile.Write(run.Terminal, configuration with { Current = configuration.Current ?? run.Get(name) });
            run.Say($"{run.Get(name)} is {server}");
            return ExitCode.Done;
        });
    }

    private static Verb Delete(Shell shell)
    {
        var name = Arguments.Named("NAME", "Name of the context");
        return new Verb("delete", "Forget a context; its token file stays", "shifter context delete test", "shifter context delete test -q") { name }.Does(shell, run =>
        {
            var configuration = ConfigFile.Read(run.Terminal);
            if (!configuration.Contexts.Remove(run.Get(name))) throw NoSuch(run, configuration, run.Get(name));
            ConfigFile.Write(run.Terminal, configuration.Current == run.Get(name) ? configuration with { Current = null } : configuration);
            run.Say($"{run.Get(name)} is forgotten");
            return ExitCode.Done;
        });
    }

    private static string? Full(string? file) => file is null ? null : Path.GetFullPath(file);

    private static Failure NoSuch(Invocation run, Configuration configuration, string name) => new(ExitCode.NotFound, $"there is no context \"{name}\" in {ConfigFile.PathOf(run.Terminal)}", "nothing changed",
        Similar.Find(name, configuration.Contexts.Keys) is { } meant ? $"did you mean {meant}?" : "shifter context list");
}
