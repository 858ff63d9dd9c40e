using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Writers;

/// <summary>A person writes weights into Consul with <c>consul kv put</c>, of applications that operators and rollouts write too.</summary>
internal sealed class HandEdits : IFault
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(600);
    private static readonly string[] Apps = [TestedApp.Shop.Name, TestedApp.Roll.Name, TestedApp.Fought.Name, TestedApp.Tide.Name];
    private readonly ConcurrentDictionary<FaultStack, (CancellationTokenSource Stop, Task Running)> _loops = new();

    public string Name => "hand-edits";

    public string Class => Name;

    public TimeSpan Bound { get; } = TimeSpan.FromSeconds(5);

    public bool TouchesTraffic => false;

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _loops[stack] = (stop, Task.Run(() => EditAsync(stack, stop.Token), CancellationToken.None));
        return Task.CompletedTask;
    }

    public async Task HealAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        _loops.TryRemove(stack, out var loop);
        await loop.Stop.CancelAsync();
        await loop.Running;
        loop.Stop.Dispose();
    }

    private static async Task EditAsync(FaultStack stack, CancellationToken stop)
    {
        using var http = new HttpClient { BaseAddress = stack.Consul.Servers[2].Address, Timeout = Callers.Patience };
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var green = number * 15 % 105;
            var (app, weights) = (Apps[number % Apps.Length], new Weights { Blue = 100 - green, Green = green });
            await stack.Callers.PutByHandAsync(app, weights, reason => PutAsync(http, app, weights, reason));
            await Task.Delay(Between, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
