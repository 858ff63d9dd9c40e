using System.CommandLine;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Hosting;

/// <summary>One run of a command: what was typed, where it reads and writes, and the API it speaks to.</summary>
internal sealed class Invocation(ParseResult parsed, Shell shell, CancellationToken cancellationToken) : IDisposable
{
    private readonly Lazy<Connection> _connection = new(() => Connection.Resolve(shell.Terminal, parsed.GetValue(shell.Options.Context), parsed.GetValue(shell.Options.Server)));
    private ApiClient? _api;

    public Terminal Terminal => shell.Terminal;

    public Settings Settings { get; } = Settings.Of(parsed, shell);

    public CancellationToken Cancelled => cancellationToken;

    public Connection Connection => _connection.Value;

    public ApiClient Api => _api ??= new ApiClient(Connection, Settings, Terminal);

    public DataWriter Data => new(Terminal, Settings);

    /// <summary>Shell on whose behalf it runs.</summary>
    public Shell Shell => shell;

    public ParseResult Parsed => parsed;

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => parsed.GetValue(argument)!;

    /// <summary>A line for the person at the terminal, on stderr; not with --quiet.</summary>
    public void Say(string line)
    {
        if (!Settings.Quiet) Terminal.Error.WriteLine(Plain.Text(line));
    }

    /// <summary>Where a change is about to happen: <c>checkout on PROD (https://ts.example)</c>.</summary>
    public void SayWhere(string what) => Say($"{what} on {Connection.Label} ({Connection.Server.GetLeftPart(UriPartial.Path).TrimEnd('/')})");

    /// <summary>Asks for a yes.</summary>
    /// <exception cref="Failure">Nobody can be asked, or the answer is no.</exception>
    public void Confirm(string effect)
    {
        if (Settings.Yes) return;
        Require(effect);
        Terminal.Error.Write($"{effect} Go on? [y/N] ");
        if (Terminal.In.ReadLine()?.Trim().ToLowerInvariant() is not ("y" or "yes")) throw new Failure(ExitCode.Usage, "not confirmed", "nothing changed");
    }

    /// <summary>Asks for a word that shows that the person knows what this touches.</summary>
    /// <exception cref="Failure">Nobody can be asked, or the word is another one.</exception>
    public void ConfirmByTyping(string effect, string word)
    {
        if (Settings.Yes) return;
        Require(effect);
        Terminal.Error.Write($"{effect} Type {word} to go on: ");
        if (Terminal.In.ReadLine()?.Trim() != word) throw new Failure(ExitCode.Usage, $"not confirmed: {word} was not typed", "nothing changed");
    }

    public void Dispose() => _api?.Dispose();

    private void Require(string effect)
    {
        if (Settings.NoInput) throw new Failure(ExitCode.Usage, $"{effect} That needs a confirmation, and nobody can be asked here", "nothing changed", "repeat it with --yes");
    }
}
