using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Cli.Commands.Rollback;

/// <summary>What came of a rollback on one installation.</summary>
/// <param name="Reply">The API's answer; null when it failed.</param>
/// <param name="Took">From the first request to the answer.</param>
internal sealed record RollbackResult(Connection Connection, string? App, ApiReply? Reply, Failure? Failure, TimeSpan Took)
{
    public int ExitCode => Failure?.ExitCode ?? (Reply!.IsPending ? Hosting.ExitCode.StillGoing : Hosting.ExitCode.Done);
}

/// <summary>Sends a rollback until it is answered. The call may be sent any number of times, so nothing speaks against trying again.</summary>
internal static class Emergency
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Never throws for what one installation says: the others go on.</summary>
    public static async Task<RollbackResult> RunAsync(Invocation run, Connection connection, string? app, RollbackAsked asked)
    {
        var (time, pause) = (run.Terminal.Time, FirstPause);
        var began = time.GetTimestamp();
        var patience = run.Settings.Timeout ?? Settings.UsualTimeout;
        try
        {
            using var api = new ApiClient(connection, run.Settings, run.Terminal);
            while (true)
            {
                try
                {
                    var reply = await SendAsync(run, api, app, asked);
                    return new RollbackResult(connection, app, reply, null, time.GetElapsedTime(began));
                }
                catch (Failure away) when (away.ExitCode == ExitCode.Away && time.GetElapsedTime(began) + pause < patience)
                {
                    run.Say($"{away.Message}; trying again");
                    await Task.Delay(pause, time, run.Cancelled);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                }
            }
        }
        catch (Failure failure)
        {
            return new RollbackResult(connection, app, null, failure, time.GetElapsedTime(began));
        }
    }

    private static Task<ApiReply> SendAsync(Invocation run, ApiClient api, string? app, RollbackAsked asked)
    {
        var body = Arguments.Reason(run);
        if (run.Settings.Reason is null) body["reason"] = "no reason given";
        if (asked.To is { } to) body["to"] = to;
        if (asked.Sever) body["sever"] = true;
        if (asked.Force) body["force"] = true;
        var path = app is null ? "rollback" : $"apps/{app}/rollback";
        return api.SendAsync(HttpMethod.Post, $"{path}?wait={Duration.Format(asked.Wait)}", ApiClient.Body(body), run.Cancelled, more: asked.Wait);
    }
}
