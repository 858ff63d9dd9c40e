using System.CommandLine;
using System.CommandLine.Invocation;

namespace TrafficShifter.Cli.Hosting;

/// <summary>Writes <c>shifter 0.1.0</c>.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"shifter {Product.Version}");
        return ExitCode.Done;
    }
}
