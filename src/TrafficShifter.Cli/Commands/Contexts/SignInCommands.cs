using System.CommandLine;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Contexts;

/// <summary><c>shifter login</c>, <c>logout</c>, <c>whoami</c>. A token is never an argument: those are in the shell's history and in the list of processes.</summary>
internal static class SignInCommands
{
    private const string UsualContext = "default";

    public static Command Login(Shell shell)
    {
        var stdin = new Option<bool>("--token-stdin") { Description = "Read the token from the standard input without asking" };
        return new Verb("login", "Keep a token for a context, in a file that only you can read", "shifter login --server https://shifter.example.com", "shifter login --context prod --token-stdin < prod.token") { stdin }
            .Does(shell, run => LoginAsync(run, run.Get(stdin)));
    }

    public static Command Logout(Shell shell) => new Verb("logout", "Remove the token of a context from this machine; it stays valid", "shifter logout", "shifter logout --context prod").Does(shell, run =>
    {
        var (configuration, name) = Chosen(run);
        if (configuration.Contexts.GetValueOrDefault(name) is not { TokenFile: { } file } context) throw new Failure(ExitCode.NotFound, $"nobody is signed in to \"{name}\"", "nothing changed");
        File.Delete(Connection.InFolder(run.Terminal, file)!);
        configuration.Contexts[name] = context with { TokenFile = null };
        ConfigFile.Write(run.Terminal, configuration);
        run.Say($"signed out of {name}; to take the token away from everybody: shifter token revoke");
        return ExitCode.Done;
    });

    public static Command WhoAmI(Shell shell) => new Verb("whoami", "Say who you are to the server, and what you may", "shifter whoami", "shifter whoami -o json").Does(shell, async run =>
    {
        var reply = await run.Api.GetAsync("session", run.Cancelled);
        run.Data.Write(reply.Json, output =>
        {
            output.WriteLine($"{Plain.Text(reply.Json.Find("name") ?? "-")} on {run.Connection.Label} ({run.Connection.Server})");
            foreach (var grant in reply.Json.List("grants")) output.WriteLine($"  {Plain.Text(grant.ToString())}");
            if (reply.Json.Time("ends") is { } ends) output.WriteLine($"  until {Shown.Date(ends)} UTC");
        }, s => s.Find("name"));
        return ExitCode.Done;
    });

    private static async Task<int> LoginAsync(Invocation run, bool stdin)
    {
        var (configuration, name) = Chosen(run);
        var old = configuration.Contexts.GetValueOrDefault(name);
        var address = Connection.ReadAddress(run.Get(run.Shell.Options.Server) ?? run.Terminal.Variable("SHIFTER_ADDR") ?? old?.Server ?? Connection.Loopback.ToString());
        var token = ReadToken(run, stdin, address);
        var context = (old ?? new NamedContext { Server = address.ToString() }) with { Server = address.ToString(), TokenFile = $"{name}.token" };
        var connection = new Connection { Server = address, Label = context.Environment ?? name, Token = token, CaFile = Connection.InFolder(run.Terminal, context.CaFile) ?? run.Terminal.Variable("SHIFTER_CACERT"),
            ClientCertificate = Connection.InFolder(run.Terminal, context.ClientCertificate), ClientKey = Connection.InFolder(run.Terminal, context.ClientKey) };
        using (var api = new ApiClient(connection, run.Settings, run.Terminal)) await api.GetAsync("nodes", run.Cancelled);
        // Only a token that was taken is kept.
        ConfigFile.WriteSecret(Connection.InFolder(run.Terminal, context.TokenFile)!, token + "\n");
        configuration.Contexts[name] = context;
        ConfigFile.Write(run.Terminal, configuration with { Current = configuration.Current ?? name });
        run.Say($"signed in to {name} ({address}); the token is in {Connection.InFolder(run.Terminal, context.TokenFile)}");
        return ExitCode.Done;
    }

    private static (Configuration Configuration, string Name) Chosen(Invocation run)
    {
        var configuration = ConfigFile.Read(run.Terminal);
        var name = run.Get(run.Shell.Options.Context) ?? run.Terminal.Variable("SHIFTER_CONTEXT") ?? configuration.Current ?? UsualContext;
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || name[0] == '.') throw Failure.Usage($"\"{name}\" cannot be a context's name: letters, digits, '-', '_' and '.'");
        return (configuration, name);
    }

    private static string ReadToken(Invocation run, bool stdin, Uri address)
    {
        if (!stdin && run.Settings.NoInput) throw Failure.Usage("nobody can be asked for the token here", "shifter login --token-stdin < FILE");
        if (!stdin) run.Terminal.Error.Write($"Token for {address}: ");
        var token = (stdin ? run.Terminal.In.ReadToEnd() : run.Terminal.ReadHidden())?.Trim();
        return token is { Length: > 0 } ? token : throw Failure.Usage("the token is empty");
    }
}
