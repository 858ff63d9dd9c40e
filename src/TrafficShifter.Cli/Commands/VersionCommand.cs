using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands;

/// <summary><c>shifter version</c>.</summary>
internal static class VersionCommand
{
    public static Command Create(Shell shell) => new Verb("version", "Print the version of this program", "shifter version", "shifter version -o json").Does(shell, run =>
    {
        var document = JsonSerializer.SerializeToElement(new JsonObject { ["version"] = Product.Version, ["runtime"] = Environment.Version.ToString() }, JsonText.Relaxed);
        run.Data.Write(document, output => output.WriteLine($"shifter {Product.Version}"), v => Product.Version);
        return ExitCode.Done;
    });
}
