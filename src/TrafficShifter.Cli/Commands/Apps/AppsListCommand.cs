using System.CommandLine;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Apps;

/// <summary><c>shifter apps [list]</c>.</summary>
internal static class AppsListCommand
{
    /// <param name="path">Below `shifter`: the noun alone lists as well.</param>
    public static Verb Create(Shell shell, string path) =>
        new Verb(path.Split(' ')[^1], "List the applications", $"shifter {path}", $"shifter {path} -o json").Does(shell, RunAsync);

    private static async Task<int> RunAsync(Invocation run)
    {
        var reply = await run.Api.GetAsync("apps", run.Cancelled);
        run.Data.Write(reply.Json, apps =>
        {
            var table = new Table("APP", "ROUTING", "BACKEND");
            foreach (var app in apps.EnumerateArray()) table.Add(app.Find("name"), app.Find("routing", "kind"), app.Find("routing", "backend") ?? app.Find("routing", "pool"));
            return table;
        }, app => app.Find("name"));
        return ExitCode.Done;
    }
}
