using System.CommandLine;
using TrafficShifter.Cli.Commands;
using TrafficShifter.Cli.Commands.Completion;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Hosting;

/// <summary>Runs one command line: parses it, does it, and turns whatever goes wrong into words and an exit code.</summary>
internal sealed class Shell(Terminal terminal)
{
    public Terminal Terminal { get; } = terminal;

    public GlobalOptions Options { get; } = new();

    public static async Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellationToken)
    {
        if (args is [Completer.Word, ..]) return await Completer.RunAsync([.. args.Skip(1)], terminal, cancellationToken);
        var shell = new Shell(terminal);
        var root = CommandTree.Build(shell);
        // "@name" is what somebody wrote, not a file to read arguments from.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var settings = Settings.Of(parsed, shell);
        try
        {
            if (UsageProblems.Find(parsed) is { } wrong) throw wrong;
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null,
            }, cancellationToken);
        }
        catch (Failure failure)
        {
            FailurePrinter.Print(terminal, settings, failure);
            return failure.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (IOException closed) when (OutputIsClosed(closed))
        {
            // Whoever reads the output (`| head`) has all that they wanted.
            return ExitCode.Done;
        }
        catch (Exception bug)
        {
            terminal.Error.WriteLine($"error:  a bug in shifter: {bug}");
            return ExitCode.Bug;
        }
    }

    private static bool OutputIsClosed(IOException failure) => failure.Message.Contains("Broken pipe", StringComparison.Ordinal);
}
