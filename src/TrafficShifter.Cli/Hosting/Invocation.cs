using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Documents;

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

    public DateTimeOffset Now => Terminal.Time.GetUtcNow();

    /// <summary>What the server wants a person to know: the document's <c>warnings</c>, on stderr.</summary>
    public void Warn(JsonElement document)
    {
        foreach (var warning in document.List("warnings")) Say($"warning: {warning}");
    }

    /// <summary>Says so when the answer is only what was last known.</summary>
    public void NoteAge(ApiReply reply)
    {
        if (reply.Age is { } age) Say($"warning: the store is away; this is what was known {Duration.Format(age)} ago");
    }

    /// <summary>How far each node is, for people, on stderr.</summary>
    public void ShowNodes(IEnumerable<JsonElement> nodes)
    {
        if (Settings.IsForPeople && !Settings.Quiet) NodeTable.Of(nodes).Write(Terminal.Error, null, wide: false, colour: false);
    }

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
