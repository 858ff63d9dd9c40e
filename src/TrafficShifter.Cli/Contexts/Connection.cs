using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Contexts;

/// <summary>The API that a command speaks to, and as whom. Flags come before variables, those before the context.</summary>
internal sealed record Connection
{
    /// <summary>Where a server listens that was started as the README says.</summary>
    public static readonly Uri Loopback = new("http://127.0.0.1:8081/");

    public required Uri Server { get; init; }

    /// <summary>What the installation is called.</summary>
    public required string Label { get; init; }

    /// <summary>The context's name; null without one.</summary>
    public string? Context { get; init; }

    /// <summary>Null: nobody is signed in.</summary>
    public string? Token { get; init; }

    public string? CaFile { get; init; }

    public string? ClientCertificate { get; init; }

    public string? ClientKey { get; init; }

    /// <param name="context">Name of the context, from the command line.</param>
    /// <param name="server">Address, from the command line.</param>
    /// <exception cref="Failure">There is no such context, the address is none, or the token file cannot be used.</exception>
    public static Connection Resolve(Terminal terminal, string? context, string? server)
    {
        var configuration = ConfigFile.Read(terminal);
        var name = context ?? terminal.Variable("SHIFTER_CONTEXT") ?? configuration.Current;
        var chosen = name is null ? null : configuration.Contexts.GetValueOrDefault(name)
            ?? throw new Failure(ExitCode.NotFound, $"there is no context \"{name}\" in {ConfigFile.PathOf(terminal)}", null, "shifter context list");
        // A context that was named on the command line comes before variables that were set for another one.
        var variable = context is null ? terminal.Variable("SHIFTER_ADDR") : null;
        var address = ReadAddress(server ?? variable ?? chosen?.Server ?? Loopback.ToString());
        var elsewhere = chosen is not null && address != ReadAddress(chosen.Server);
        return new Connection
        {
            Server = address,
            Context = chosen is null || elsewhere ? null : name,
            Label = chosen is null || elsewhere ? address.Authority : chosen.Environment ?? name!,
            Token = FindToken(terminal, context, elsewhere ? null : chosen),
            CaFile = terminal.Variable("SHIFTER_CACERT") ?? InFolder(terminal, chosen?.CaFile),
            ClientCertificate = terminal.Variable("SHIFTER_CLIENT_CERT") ?? InFolder(terminal, chosen?.ClientCertificate),
            ClientKey = terminal.Variable("SHIFTER_CLIENT_KEY") ?? InFolder(terminal, chosen?.ClientKey),
        };
    }

    /// <exception cref="Failure">Not an address of HTTP.</exception>
    public static Uri ReadAddress(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw Failure.Usage($"\"{text}\" is not an address like https://shifter.example.com");
        if (address.UserInfo.Length > 0 || address.Query.Length > 0)
            throw Failure.Usage("an address has no token, user or query in it", "a token comes from SHIFTER_TOKEN, or from `shifter login`");
        return address.AbsolutePath.EndsWith('/') ? address : new Uri(address + "/");
    }

    public static string? InFolder(Terminal terminal, string? file) =>
        file is null ? null : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(ConfigFile.PathOf(terminal)))!, file);

    /// <remarks>The token of one installation is not sent to another one: a context that was named has its own token, an address that was named has none of a context's.</remarks>
    private static string? FindToken(Terminal terminal, string? named, NamedContext? chosen)
    {
        if (named is not null && chosen?.TokenFile is { } own) return ConfigFile.ReadSecret(InFolder(terminal, own)!);
        if (terminal.Variable("SHIFTER_TOKEN") is { } token) return token.Trim();
        if (terminal.Variable("SHIFTER_TOKEN_FILE") is { } file) return ConfigFile.ReadSecret(file);
        return chosen?.TokenFile is { } kept ? ConfigFile.ReadSecret(InFolder(terminal, kept)!) : null;
    }
}
