using TrafficShifter.Cli.Hosting;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Cli.Tests.Hosting;

/// <summary>A person or a pipeline that types commands: with a home of its own, and no other variables than those given.</summary>
internal sealed class User : IDisposable
{
    public string Home { get; } = Directory.CreateTempSubdirectory("shifter-").FullName;

    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Somebody sits at a terminal.</summary>
    public bool AtTerminal { get; init; }

    public int? Width { get; init; }

    /// <summary>Signed in to this server by the environment's variables, as a pipeline is.</summary>
    public static User Of(RunningServer server, bool atTerminal = false, int? width = null)
    {
        var user = new User { AtTerminal = atTerminal, Width = width };
        user.Variables["SHIFTER_ADDR"] = server.Address.ToString();
        user.Variables["SHIFTER_TOKEN"] = server.Token;
        return user;
    }

    /// <param name="commandLine">Words, divided by spaces.</param>
    public Task<Run> TypeAsync(string commandLine, string input = "") => TypeAsync(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries), input);

    public async Task<Run> TypeAsync(string[] args, string input = "", CancellationToken cancellationToken = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal
        {
            In = new StringReader(input), Out = TextWriter.Synchronized(output), Error = TextWriter.Synchronized(error), InIsTerminal = AtTerminal, OutIsTerminal = AtTerminal, ErrorIsTerminal = AtTerminal,
            Width = Width, Variable = name => Variables.GetValueOrDefault(name), Home = Home,
        };
        var code = await Shell.RunAsync(args, terminal, cancellationToken);
        return new Run(code, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);
}
