using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Testing;

namespace TrafficShifter.EndToEnd.Tests.Examples;

/// <summary>Stands in for two clusters and a pipeline: the ingress of each says which image runs, a POST to <c>/deploy/APP</c> deploys to green, <c>/kubectl</c> takes what a kubectl was called with.</summary>
public sealed partial class Clusters : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Colour, string App), string> _images = new();
    private readonly Receiver _receiver;

    private Clusters(Receiver receiver) => _receiver = receiver;

    /// <summary>Without http://.</summary>
    public string Address => $"127.0.0.1:{_receiver.Port}";

    public IReadOnlyList<Received> Received => _receiver.Received;

    /// <param name="image">What every application runs.</param>
    public static async Task<Clusters> StartAsync(string image)
    {
        var clusters = new Clusters(await Receiver.StartAsync());
        clusters._receiver.Answer = http => clusters.AnswerAsync(http, image);
        return clusters;
    }

    public void Run(string colour, string app, string image) => _images[(colour, app)] = image;

    public string? ImageOf(string colour, string app) => _images.GetValueOrDefault((colour, app));

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    private Task AnswerAsync(HttpContext http, string usual)
    {
        var path = http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (path is ["deploy", var released])
        {
            Run("green", released, ImageOf("blue", released) ?? usual);
            http.Response.StatusCode = StatusCodes.Status202Accepted;
            return Task.CompletedTask;
        }
        if (path is ["kubectl"] && SetImage().Match(_receiver.Received[^1].Body) is { Success: true } set) Run(set.Groups["colour"].Value, set.Groups["app"].Value, set.Groups["image"].Value);
        if (path is not [var colour, "healthz"]) return Task.CompletedTask;
        return http.Response.WriteAsync($$"""{"build":{"image":"{{ImageOf(colour, http.Request.Host.Host.Split('.')[0]) ?? usual}}"} }""");
    }

    [GeneratedRegex("^--context (?<colour>[a-z]+) set image deployment/(?<app>[a-z]+) [a-z]+=(?<image>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex SetImage();
}
