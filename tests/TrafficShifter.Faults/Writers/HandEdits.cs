using System.Globalization;
using System.Net.Http.Json;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Writers;

/// <summary>A person writes weights into Consul with <c>consul kv put</c>, of applications that operators and rollouts write too.</summary>
internal sealed class HandEdits : LoopFault
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(600);
    private static readonly string[] Apps = [TestedApp.Shop.Name, TestedApp.Roll.Name, TestedApp.Fought.Name, TestedApp.Tide.Name];

    public override string Name => "hand-edits";

    protected override async Task RepeatAsync(FaultStack stack, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = stack.Consul.Servers[2].Address, Timeout = Callers.Patience };
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var green = number * 15 % 105;
            var (app, weights) = (Apps[number % Apps.Length], new Weights { Blue = 100 - green, Green = green });
            await stack.Callers.PutByHandAsync(app, weights, reason => PutAsync(http, app, weights, reason));
            await PauseAsync(Between, stop);
        }
    }

    private static async Task<ApiAnswer> PutAsync(HttpClient http, string app, Weights weights, string reason)
    {
        try
        {
            using var answer = await http.PutAsJsonAsync(string.Create(CultureInfo.InvariantCulture, $"v1/kv/traffic-shifter/weights/{app}"), new { blue = weights.Blue, green = weights.Green, reason }, CancellationToken.None);
            return new ApiAnswer((int)answer.StatusCode, default, await answer.Content.ReadAsStringAsync(CancellationToken.None));
        }
        catch (Exception away) when (away is HttpRequestException or OperationCanceledException)
        {
            return new ApiAnswer(null, default, away.Message);
        }
    }
}
