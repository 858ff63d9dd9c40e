using System.Globalization;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Commands.Rollback;

/// <summary>A rollback of everything asks for the number of applications that it touches.</summary>
internal static class FleetConfirmation
{
    public static async Task AskAsync(Invocation run, IReadOnlyList<Connection> where, RollbackAsked asked)
    {
        if (run.Settings.Yes) return;
        var counts = await Task.WhenAll(where.Select(c => CountAsync(run, c)));
        var total = counts.Any(c => c is null) ? null : counts.Sum();
        var effect = $"All traffic of {(total is { } number ? number.ToString(CultureInfo.InvariantCulture) : "all")} applications on {string.Join(", ", where.Select(c => c.Label))} goes to {(asked.To is null or "stable" ? "their stable colours" : asked.To)}, and is locked there.";
        run.ConfirmByTyping(effect, total?.ToString(CultureInfo.InvariantCulture) ?? "all");
    }

    /// <summary>How many applications there are; null when that cannot be asked: the rollback itself may still work.</summary>
    private static async Task<int?> CountAsync(Invocation run, Connection connection)
    {
        try
        {
            using var api = new ApiClient(connection, run.Settings, run.Terminal);
            return (await api.GetAsync("apps", run.Cancelled)).Json.GetArrayLength();
        }
        catch (Failure)
        {
            return null;
        }
    }
}
