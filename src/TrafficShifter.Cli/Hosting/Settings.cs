using System.CommandLine;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Hosting;

/// <summary>How a command was asked to behave: its flags, above the environment's variables.</summary>
internal sealed record Settings
{
    public static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(30);

    public required OutputFormat Format { get; init; }

    /// <summary>Confirmed beforehand.</summary>
    public bool Yes { get; init; }

    /// <summary>Nobody is asked: it was said so, or nobody is there.</summary>
    public bool NoInput { get; init; }

    /// <summary>Null: nobody said.</summary>
    public TimeSpan? Timeout { get; init; }

    public string? Reason { get; init; }

    public bool Quiet { get; init; }

    public bool Verbose { get; init; }

    public bool Colour { get; init; }

    /// <summary>The output may be drawn again in place.</summary>
    public bool Live { get; init; }

    public bool IsForPeople => Format is OutputFormat.Table or OutputFormat.Wide;

    /// <remarks>Reads what can be read also of a command line with errors, so that those are told in the right form.</remarks>
    public static Settings Of(ParseResult parsed, Shell shell)
    {
        var (terminal, options) = (shell.Terminal, shell.Options);
        var plain = Get(parsed, options.NoColour) || terminal.Variable("NO_COLOR") is not null || terminal.Variable("TERM") == "dumb";
        return new Settings
        {
            Format = Formats.TryParse(Get(parsed, options.Output) ?? terminal.Variable("SHIFTER_OUTPUT"), out var format) ? format.Value : OutputFormat.Table,
            Yes = Get(parsed, options.Yes),
            NoInput = Get(parsed, options.NoInput) || terminal.Variable("SHIFTER_NO_INPUT") is not null || !terminal.InIsTerminal,
            Timeout = Get(parsed, options.Timeout),
            Reason = Get(parsed, options.Reason),
            Quiet = Get(parsed, options.Quiet),
            Verbose = Get(parsed, options.Verbose),
            Colour = terminal.OutIsTerminal && !plain,
            Live = terminal.OutIsTerminal && terminal.ErrorIsTerminal && !plain,
        };
    }

    private static T? Get<T>(ParseResult parsed, Option<T> option) => parsed.GetResult(option) is { Errors: var errors } && errors.Any() ? default : parsed.GetValue(option);
}
