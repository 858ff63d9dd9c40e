using System.CommandLine;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Weights;

/// <summary><c>shifter weights</c>: how an application's traffic is divided.</summary>
internal static class WeightsCommands
{
    public static Command Create(Shell shell) => new Verb("weights", "Show or set how an application's traffic is divided", "shifter weights get shop", "shifter weights set shop green=10%")
    {
        Get(shell),
        WeightsSetCommand.Create(shell),
    };

    private static Verb Get(Shell shell)
    {
        var app = Arguments.App();
        return new Verb("get", "Show an application's weights as they are wanted", "shifter weights get shop", "shifter weights get shop -o json") { app }.Does(shell, async run =>
        {
            var reply = await run.Api.GetAsync($"apps/{run.Get(app)}/weights", run.Cancelled);
            run.NoteAge(reply);
            run.Data.Write(reply.Json, weights => new Table("APP", "TRAFFIC", "BLUE", "GREEN", "SINCE", "BY", "WHY", new Column("VERSION", Wide: true))
                .Add(run.Get(app), Shown.Traffic(weights.Find("share", "green")), weights.Find("blue"), weights.Find("green"), Shown.Age(weights.Time("at"), run.Now), weights.Find("by"), weights.Find("reason"), reply.ETag));
            run.Warn(reply.Json);
            return ExitCode.Done;
        });
    }
}
