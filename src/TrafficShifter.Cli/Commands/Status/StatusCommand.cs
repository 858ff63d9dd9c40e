using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Status;

/// <summary><c>shifter status APP [--watch]</c>: what is wanted, and what each node does.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    public static Command Create(Shell shell)
    {
        var app = Arguments.App();
        var watch = new Option<bool>("--watch", "-w") { Description = "Show it again whenever it changes, until Ctrl-C or --timeout" };
        return new Verb("status", "Show what is wanted of an application and what each node serves; exit code 8 when they differ", "shifter status shop", "shifter status shop --watch") { app, watch }
            .Does(shell, run => run.Get(watch) ? WatchAsync(run, run.Get(app)) : RunAsync(run, run.Get(app)));
    }

    private static async Task<int> RunAsync(Invocation run, string app)
    {
        var reply = await run.Api.GetAsync($"apps/{app}/status", run.Cancelled);
        run.NoteAge(reply);
        run.Data.Write(reply.Json, output => Describe(output, run, reply.Json));
        return reply.Json.Is("observed") ? ExitCode.Done : ExitCode.StillGoing;
    }

    private static async Task<int> WatchAsync(Invocation run, string app)
    {
        var (last, began) = ("", run.Terminal.Time.GetTimestamp());
        while (true)
        {
            var reply = await run.Api.GetAsync($"apps/{app}/status", run.Cancelled);
            using var now = new StringWriter();
            Describe(now, run, reply.Json);
            if (run.Settings.IsForPeople ? now.ToString() != last : true)
            {
                if (last.Length > 0 && run.Settings.IsForPeople) run.Terminal.Out.WriteLine();
                run.Data.Write(reply.Json, output => output.Write(now.ToString()));
            }
            last = now.ToString();
            if (run.Settings.Timeout is { } limit && run.Terminal.Time.GetElapsedTime(began) >= limit) return reply.Json.Is("observed") ? ExitCode.Done : ExitCode.StillGoing;
            await Task.Delay(Every, run.Terminal.Time, run.Cancelled);
        }
    }

    private static void Describe(TextWriter output, Invocation run, JsonElement status)
    {
        var nodes = status.List("nodes").ToList();
        output.WriteLine($"{status.Find("app")}   stable {Shown.Colour(status.Find("stable"))}   {Shown.Traffic(status.Find("wanted", "green"))}   {NodeTable.Summary(nodes)}");
        if (status.Member("lock") is { } held)
            output.WriteLine($"locked to {Shown.Colour(held.Find("to"))} by {Plain.Text(held.Find("by") ?? "-")} {Shown.Age(held.Time("at"), run.Now)} ago: \"{Plain.Text(held.Find("reason") ?? "")}\"   shifter unlock {status.Find("app")}");
        if (status.Find("rollout") is { } rollout) output.WriteLine($"rollout {rollout}   shifter rollout get {status.Find("app")}");
        foreach (var problem in status.List("problems")) output.WriteLine($"! {Plain.Text(problem.ToString())}");
        NodeTable.Of(nodes).Write(output, run.Settings.Format == OutputFormat.Wide ? null : run.Terminal.Width, run.Settings.Format == OutputFormat.Wide, run.Settings.Colour);
    }
}
