namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>Plans short enough for a test. Every step also takes the two seconds in which the metrics settle.</summary>
public static class Plans
{
    private const string Responses = "haproxy_server_http_responses_total{proxy=\"{{backend}}\",server=~\"{{server}}\"";

    /// <summary>Steps of three seconds each at these shares in percent, and one check: at most 1 % errors.</summary>
    public static object Of(params int[] shares) => Holding("3s", shares);

    /// <param name="hold">How long each step holds, like <c>3s</c>.</param>
    public static object Holding(string hold, params int[] shares) => new
    {
        steps = shares.Select(share => new { share = $"{share}%", hold }).ToArray(),
        checks = new[]
        {
            new
            {
                name = "error-ratio",
                query = $"sum(increase({Responses},code=\"5xx\"}}[{{{{window}}}}])) / sum(increase({Responses}}}[{{{{window}}}}]))",
                sampleQuery = $"sum(increase({Responses}}}[{{{{window}}}}]))",
                minRequests = 5,
                max = 0.01,
                window = "3s",
                interval = "1s",
                failuresInARow = 2,
            },
        },
    };
}
