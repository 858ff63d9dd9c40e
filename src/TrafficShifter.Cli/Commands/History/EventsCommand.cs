using System.CommandLine;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.History;

/// <summary><c>shifter events</c>: the API's stream, one JSON object a line.</summary>
internal static class EventsCommand
{
    public static Command Create(Shell shell)
    {
        var app = new Option<string?>("--app") { Description = "Of this application alone", HelpName = "APP" };
        return new Verb("events", "Follow what happens, one JSON object a line; comes back after a lost connection", "shifter events", "shifter events --app shop | jq -r .sentence") { app }.Does(shell, async run =>
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(run.Cancelled);
            if (run.Settings.Timeout is { } time) limit.CancelAfter(time);
            try
            {
                await foreach (var received in new EventStream(run.Api, run.Get(app), run.Terminal.Time).ReadAsync(limit.Token))
                {
                    if (received.Kind == "gap") run.Say($"warning: {received.Data.Find("sentence")}");
                    else run.Terminal.Out.WriteLine(run.Settings.Format == OutputFormat.Yaml ? "---\n" + YamlWriter.Write(received.Data) : received.Data.GetRawText());
                }
            }
            catch (OperationCanceledException) when (!run.Cancelled.IsCancellationRequested)
            {
                // It was asked for no longer than this.
            }
            return ExitCode.Done;
        });
    }
}
