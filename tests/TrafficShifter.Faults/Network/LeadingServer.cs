using System.Net.Http.Headers;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Network;

/// <summary>Which of a stack's servers drives the rollouts, as its own metrics say.</summary>
internal static class LeadingServer
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>Its number in <see cref="FaultStack.Servers"/>; null: none says so at the moment.</summary>
    public static async Task<int?> FindAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        for (var server = 0; server < stack.Servers.Count; server++)
            if (await LeadsAsync(new Uri(stack.Servers[server].Address, "metrics"), stack.Token, cancellationToken)) return server;
        return null;
    }

    private static async Task<bool> LeadsAsync(Uri metrics, string token, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, metrics) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        try
        {
            using var answer = await Http.SendAsync(request, cancellationToken);
            var text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellationToken);
            return text.Split('\n').Contains("trafficshifter_leader 1");
        }
        catch (Exception away) when (away is HttpRequestException || (away is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
