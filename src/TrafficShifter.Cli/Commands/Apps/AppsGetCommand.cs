using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Apps;

/// <summary><c>shifter apps get APP</c>: the definition.</summary>
internal static class AppsGetCommand
{
    public static Command Create(Shell shell)
    {
        var app = Arguments.App();
        return new Verb("get", "Show an application's definition", "shifter apps get shop", "shifter apps get shop -o yaml > shop.yaml") { app }.Does(shell, run => RunAsync(run, run.Get(app)));
    }

    private static async Task<int> RunAsync(Invocation run, string app)
    {
        var reply = await run.Api.GetAsync($"apps/{app}", run.Cancelled);
        run.Data.Write(reply.Json, Describe, d => d.Find("name"));
        return ExitCode.Done;
    }

    private static Table Describe(JsonElement app)
    {
        var table = new Table("APP", "ROUTING", "BACKEND", "HOSTS", "OWNERS", "PLAN", new Column("BLUE", Wide: true), new Column("GREEN", Wide: true), new Column("GROUPS", Wide: true));
        return table.Add(app.Find("name"), app.Find("routing", "kind"), app.Find("routing", "backend") ?? app.Find("routing", "pool"), Shown.List(app.List("hosts")), Shown.List(app.List("owners")), app.Find("plan"),
            Servers(app, "blue"), Servers(app, "green"), Shown.List(app.List("groups")));
    }

    private static string? Servers(JsonElement app, string colour) =>
        app.Find("routing", colour, "prefix") is { } prefix ? $"{prefix}*" : Shown.List(app.List("routing", colour, "servers"));
}
